export { crash, crashAll } from './crash.js';
export {
  channelOf,
  CRASH_POINTS,
  crashingAt,
  SHUTDOWN_CHANNEL,
  withClockOff,
  type CrashPlan,
  type CrashPoint,
} from './crash-points.js';
export { emptyGroups, removeFromGroups } from './group-membership.js';
export { NetworkProxy, type NetworkCondition } from './network-proxy.js';
export { TcpProxy, type Trap } from './tcp-proxy.js';
