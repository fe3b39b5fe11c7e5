/** What a fault needs for itself alone, or shares. */
export type Resource = 'replicas' | 'database' | 'broker' | 'receivers' | 'producer';

interface FaultKind {
  readonly about: string;
  readonly needs: readonly Resource[];
  /** What it uses together with others that do. */
  readonly shares?: readonly Resource[];
  /** What it may be blamed for; a message that is sent again, and two requests of a queue at once. */
  readonly repeats?: boolean;
  readonly overlaps?: boolean;
  /** How long it lasts, milliseconds: at least and at most. */
  readonly lasts: readonly [least: number, most: number];
  /** How often it is drawn beside the others; 2 when not given. */
  readonly weight?: number;
}

/** A lease of the suite's replicas is 8 s: pauses of more make zombies. */
const LONGER_THAN_A_LEASE = [9_500, 13_000] as const;

/**
 * Everything that is done to an installation. Words that the protocol's model has are the same here (crash,
 * pause, skew); the others happen outside of what it models.
 */
export const FAULT_KINDS = {
  crash: {
    repeats: true,
    about: 'kill -9 of a replica, and a new one',
    needs: [],
    shares: ['replicas'],
    lasts: [0, 3_000],
    weight: 5,
  },
  crash_at_point: {
    repeats: true,
    about: 'a replica that is killed between two durable steps, and a new one',
    needs: ['replicas'],
    lasts: [2_000, 6_000],
    weight: 4,
  },
  stop: {
    about: 'SIGTERM to a replica, and a new one',
    needs: [],
    shares: ['replicas'],
    lasts: [0, 3_000],
  },
  rolling_deploy: {
    about: 'every replica is stopped and replaced in turn',
    needs: ['replicas'],
    lasts: [0, 0],
  },
  pause: {
    repeats: true,
    overlaps: true,
    about: 'SIGSTOP for longer than lease and session, then SIGCONT',
    needs: [],
    shares: ['replicas'],
    lasts: LONGER_THAN_A_LEASE,
    weight: 4,
  },
  join: {
    about: 'one more replica in the middle',
    needs: [],
    shares: ['replicas'],
    lasts: [0, 0],
    weight: 1,
  },
  skew: {
    about: 'a replica is replaced by one whose wall clock is an hour off',
    needs: ['replicas'],
    lasts: [0, 0],
    weight: 1,
  },
  database_kill: {
    repeats: true,
    about: 'SIGKILL of PostgreSQL',
    needs: ['database'],
    lasts: [500, 4_000],
    weight: 3,
  },
  database_restart: {
    repeats: true,
    about: 'PostgreSQL is restarted in order',
    needs: ['database'],
    lasts: [0, 2_000],
  },
  database_sessions: {
    repeats: true,
    about: 'pg_terminate_backend on every connection of the service',
    needs: ['database'],
    lasts: [0, 0],
  },
  database_lock: {
    repeats: true,
    about: 'the table of queues is locked',
    needs: ['database'],
    lasts: [4_000, 20_000],
    weight: 1,
  },
  database_full: {
    repeats: true,
    about: 'every connection that the server allows is taken',
    needs: ['database'],
    lasts: [2_000, 6_000],
  },
  database_disk: {
    repeats: true,
    about: 'the disk of the database is full, and is freed again',
    needs: ['database'],
    lasts: [2_000, 5_000],
  },
  database_network: {
    repeats: true,
    about: 'the network between one replica and PostgreSQL is slow, narrow, dead or cut',
    needs: ['database'],
    lasts: [2_000, 8_000],
    weight: 3,
  },
  broker_kill: { about: 'SIGKILL of the broker', needs: ['broker'], lasts: [500, 3_000] },
  broker_restart: {
    about: 'the broker is restarted in order; its coordinators start anew',
    needs: ['broker'],
    lasts: [0, 1_000],
    weight: 1,
  },
  coordinator_moved: {
    about: 'the coordinators of all groups move to another broker, and back',
    needs: ['broker'],
    lasts: [2_000, 6_000],
    weight: 1,
  },
  broker_network: {
    about: 'the network between all replicas and the broker is slow, narrow, dead or cut',
    needs: ['broker'],
    lasts: [2_000, 8_000],
  },
  offsets_to_beginning: {
    about: 'the group reads everything again from the beginning',
    needs: ['replicas', 'broker', 'database', 'producer'],
    lasts: [0, 0],
    weight: 1,
  },
  offsets_to_end: {
    about: 'the offsets of the group, which had read everything, are set to the end',
    needs: ['replicas', 'broker', 'database', 'producer'],
    lasts: [0, 0],
    weight: 1,
  },
  lag: {
    about: 'no replica runs while many records come',
    needs: ['replicas', 'broker', 'database', 'producer'],
    lasts: [0, 0],
    weight: 1,
  },
  receiver_network: {
    repeats: true,
    overlaps: true,
    about: 'the network between the replicas and all receivers is slow, narrow, dead or cut',
    needs: ['receivers'],
    lasts: [1_000, 5_000],
  },
  receivers_fail: {
    about: 'some receivers answer 503',
    needs: [],
    lasts: [1_000, 6_000],
    weight: 4,
  },
  receivers_slow: {
    about: 'some receivers take their time',
    needs: [],
    lasts: [2_000, 8_000],
    weight: 3,
  },
  receivers_late: {
    repeats: true,
    overlaps: true,
    about: 'some receivers answer 200 after the deadline of the request',
    needs: [],
    lasts: [4_000, 8_000],
  },
  receivers_cut: {
    about: 'some receivers answer 200 and cut the connection before the last byte',
    needs: [],
    lasts: [1_000, 4_000],
  },
  receivers_close: {
    about: 'some receivers close connections that were kept alive',
    needs: [],
    lasts: [2_000, 6_000],
  },
} as const satisfies Readonly<Record<string, FaultKind>>;

export type FaultName = keyof typeof FAULT_KINDS;

export const FAULT_NAMES = Object.keys(FAULT_KINDS) as FaultName[];

export const faultKind = (name: FaultName): FaultKind => FAULT_KINDS[name];
