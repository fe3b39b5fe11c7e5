/** Loaded into a service by `--import` (see `withClockOff`): its wall clock is off by CLOCK_OFFSET_MS. */
const offsetMs = Number(process.env.CLOCK_OFFSET_MS);
const RealDate = globalThis.Date;

globalThis.Date = new Proxy(RealDate, {
  apply: () => new RealDate(RealDate.now() + offsetMs).toString(),
  construct: (_target, args: [], newTarget) =>
    Reflect.construct(
      RealDate,
      args.length === 0 ? [RealDate.now() + offsetMs] : args,
      newTarget,
    ) as Date,
  get: (target, name, receiver) =>
    name === 'now'
      ? () => RealDate.now() + offsetMs
      : (Reflect.get(target, name, receiver) as unknown),
});
