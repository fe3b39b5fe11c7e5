import type { FaultName } from '../schedule/fault-kinds.js';
import {
  brokerKill,
  coordinatorMoved,
  brokerRestart,
  lag,
  offsetsToBeginning,
  offsetsToEnd,
} from './broker-faults.js';
import {
  databaseDisk,
  databaseFull,
  databaseKill,
  databaseLock,
  databaseRestart,
  databaseSessions,
} from './database-faults.js';
import type { FaultAction } from './fault-context.js';
import { brokerNetwork, databaseNetwork, receiverNetwork } from './network-faults.js';
import {
  receiversClose,
  receiversCut,
  receiversFail,
  receiversLate,
  receiversSlow,
} from './receiver-faults.js';
import { crash, crashAtPoint, join, pause, rollingDeploy, skew, stop } from './replica-faults.js';

export const FAULT_ACTIONS: Readonly<Record<FaultName, FaultAction>> = {
  crash,
  crash_at_point: crashAtPoint,
  stop,
  rolling_deploy: rollingDeploy,
  pause,
  join,
  skew,
  database_kill: databaseKill,
  database_restart: databaseRestart,
  database_sessions: databaseSessions,
  database_lock: databaseLock,
  database_full: databaseFull,
  database_disk: databaseDisk,
  database_network: databaseNetwork,
  broker_kill: brokerKill,
  coordinator_moved: coordinatorMoved,
  broker_restart: brokerRestart,
  broker_network: brokerNetwork,
  offsets_to_beginning: offsetsToBeginning,
  offsets_to_end: offsetsToEnd,
  lag,
  receiver_network: receiverNetwork,
  receivers_fail: receiversFail,
  receivers_slow: receiversSlow,
  receivers_late: receiversLate,
  receivers_cut: receiversCut,
  receivers_close: receiversClose,
};
