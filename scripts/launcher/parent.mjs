const PAUSE_MS = 500;

/**
 * npm, when it is killed, leaves its script running. So under npm this process ends, as with SIGTERM, when
 * its parent is gone. Not otherwise: `node … &` in a shell that is closed means to go on.
 */
export function endWithParent() {
  if (!process.env.npm_lifecycle_event) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, PAUSE_MS);
  timer.unref();
}
