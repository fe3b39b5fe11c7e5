import { once } from 'node:events';
import { connect } from 'node:net';
import { withAdmin } from '../kafka/test-topics.js';
import type { ServiceProcess } from '../service/service-process.js';

/** LeaveGroup, in the version that carries one member and that every broker of today speaks. */
const LEAVE_GROUP = { apiKey: 13, version: 2 };
const NONE = 0;
const NOT_COORDINATOR = 16;
const UNKNOWN_MEMBER_ID = 25;

/**
 * Tells the broker that a process is no member of its consumer groups any more, which it finds out
 * by itself when the session of 30 s is over: the same effect, without the wait. The process is not
 * told; a living one that is removed like this is a zombie until its next heartbeat.
 */
export async function removeFromGroups(
  brokers: readonly string[],
  service: ServiceProcess,
): Promise<void> {
  const memberships = new Map(
    service.log
      .of('group.joined')
      .map(({ consumer, groupId, memberId }) => [consumer, [String(groupId), String(memberId)]]),
  );
  for (const [groupId = '', memberId = ''] of memberships.values()) {
    await leaveGroup(brokers, groupId, memberId);
  }
}

/** As {@link removeFromGroups}, for everybody who is still a member; no process may be left that is one. */
export async function emptyGroups(
  brokers: readonly string[],
  groupIds: readonly string[],
): Promise<void> {
  await withAdmin(brokers, async (admin) => {
    const { groups } = await admin.describeGroups([...groupIds]);
    for (const { groupId, members } of groups) {
      for (const { memberId } of members) await leaveGroup(brokers, groupId, memberId);
    }
  });
}

async function leaveGroup(
  brokers: readonly string[],
  groupId: string,
  memberId: string,
): Promise<void> {
  for (const broker of brokers) {
    const error = await ask(broker, leaveGroupRequest(groupId, memberId));
    if (error === NONE || error === UNKNOWN_MEMBER_ID) return;
    if (error !== NOT_COORDINATOR) throw new Error(`LeaveGroup of ${groupId}: error ${error}`);
  }
  throw new Error(`None of ${brokers.join(', ')} coordinates the group ${groupId}`);
}

function leaveGroupRequest(groupId: string, memberId: string): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt16BE(LEAVE_GROUP.apiKey, 0);
  head.writeInt16BE(LEAVE_GROUP.version, 2);
  const strings = ['test', groupId, memberId].map((text) => {
    const bytes = Buffer.from(text);
    const length = Buffer.alloc(2);
    length.writeInt16BE(bytes.length);
    return Buffer.concat([length, bytes]);
  });
  const request = Buffer.concat([head, ...strings]);
  const size = Buffer.alloc(4);
  size.writeInt32BE(request.length);
  return Buffer.concat([size, request]);
}

/** The error code of the answer: size, correlation id and throttle time stand before it. */
async function ask(broker: string, request: Buffer): Promise<number> {
  const { hostname, port } = new URL(`kafka://${broker}`);
  const socket = connect(Number(port), hostname);
  try {
    socket.write(request);
    let answer = Buffer.alloc(0);
    while (answer.length < 14) {
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      answer = Buffer.concat([answer, chunk]);
    }
    return answer.readInt16BE(12);
  } finally {
    socket.destroy();
  }
}
