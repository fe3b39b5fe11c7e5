import { setTimeout as delay } from 'node:timers/promises';
import { CRASH_POINTS, crashingAt, withClockOff } from '@app/testing';
import type { Replica } from '../world/fleet.js';
import type { FaultAction, FaultContext } from './fault-context.js';

/** More would only share the cores. */
const MOST_REPLICAS = 5;

const HOUR_MS = 3_600_000;

/** A crash point is waited for as long as this; one that is not reached is no fault. */
const POINT_PATIENCE_MS = 10_000;

const NOBODY = { detail: 'no replica was there' };

function anyReplica({ stage, random }: FaultContext): Replica | undefined {
  const { able } = stage.fleet;
  return able.length > 0 ? random.one(able) : undefined;
}

export const crash: FaultAction = async (context) => {
  const replica = anyReplica(context);
  if (!replica) return NOBODY;
  const { fleet } = context.stage;
  await fleet.crash(replica);
  await delay(context.forMs);
  const heir = await fleet.launch();
  return { detail: `${replica.name} was killed, ${heir.name} came` };
};

export const crashAtPoint: FaultAction = async (context) => {
  const { stage, random, forMs } = context;
  const at = random.one(CRASH_POINTS);
  const hit = random.whole(1, 40);
  const leaving = anyReplica(context);
  const replica = await stage.fleet.launch(crashingAt({ at, hit }));
  replica.isLeaving = true;
  if (leaving) await stage.fleet.stop(leaving);
  const { exited } = replica.service;
  const died = await Promise.race([
    exited.then(() => true),
    delay(POINT_PATIENCE_MS + forMs, false),
  ]);
  await stage.fleet.crash(replica);
  const heir = await stage.fleet.launch();
  const where = died ? `at ${at} (${hit})` : `somewhere, ${at} (${hit}) was not reached`;
  return { detail: `${replica.name} was killed ${where}, ${heir.name} came` };
};

export const stop: FaultAction = async (context) => {
  const replica = anyReplica(context);
  if (!replica) return NOBODY;
  const { fleet } = context.stage;
  await fleet.stop(replica);
  await delay(context.forMs);
  const heir = await fleet.launch();
  return { detail: `${replica.name} was stopped, ${heir.name} came` };
};

export const rollingDeploy: FaultAction = async ({ stage }) => {
  const replaced = [...stage.fleet.able];
  for (const replica of replaced) {
    const heir = await stage.fleet.launch();
    await heir.service.started().catch(() => undefined);
    await stage.fleet.stop(replica);
  }
  return { detail: `${replaced.map(({ name }) => name).join(', ')} were replaced` };
};

/** Its session is over at once, as it would be after 30 s; its lease runs out by itself. */
export const pause: FaultAction = async (context) => {
  const replica = anyReplica(context);
  if (!replica) return NOBODY;
  const { service, name } = replica;
  replica.isPaused = true;
  service.kill('SIGSTOP');
  const isForgotten = context.random.next() < 0.5;
  if (isForgotten) await context.stage.fleet.forget(replica);
  await delay(context.forMs);
  service.kill('SIGCONT');
  replica.isPaused = false;
  return { detail: `${name} stood still${isForgotten ? ', its session was over' : ''}` };
};

export const join: FaultAction = async ({ stage }) => {
  if (stage.fleet.replicas.length >= MOST_REPLICAS) return { detail: 'there were enough replicas' };
  const { name } = await stage.fleet.launch();
  return { detail: `${name} came` };
};

export const skew: FaultAction = async (context) => {
  const replica = anyReplica(context);
  const offsetMs = context.random.one([HOUR_MS, -HOUR_MS]);
  if (replica) await context.stage.fleet.stop(replica);
  const { name } = await context.stage.fleet.launch(withClockOff(offsetMs));
  return { detail: `${name} came with a clock that is off by ${offsetMs / HOUR_MS} h` };
};
