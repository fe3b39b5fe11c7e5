import type { Resource } from '../schedule/fault-kinds.js';

interface Use {
  readonly isExclusive: boolean;
  readonly ended: Promise<unknown>;
}

/** Who needs a resource for itself waits for all who use it, in the order in which they asked. */
export class ResourceLocks {
  readonly #uses = new Map<Resource, Use[]>();

  /** Resolves and rejects as the work does. */
  run<T>(
    { needs, shares = [] }: { needs: readonly Resource[]; shares?: readonly Resource[] },
    work: () => Promise<T>,
  ): Promise<T> {
    const asked = [
      ...needs.map((resource) => ({ resource, isExclusive: true })),
      ...shares.map((resource) => ({ resource, isExclusive: false })),
    ];
    const before = asked.flatMap(({ resource, isExclusive }) =>
      (this.#uses.get(resource) ?? [])
        .filter((use) => isExclusive || use.isExclusive)
        .map(({ ended }) => ended),
    );
    const result = Promise.all(before).then(work);
    const ended = result.catch(() => undefined);
    for (const { resource, isExclusive } of asked) this.#note(resource, { isExclusive, ended });
    return result;
  }

  #note(resource: Resource, use: Use): void {
    const uses = this.#uses.get(resource) ?? [];
    this.#uses.set(resource, uses);
    uses.push(use);
    void use.ended.then(() => uses.splice(uses.indexOf(use), 1));
  }
}
