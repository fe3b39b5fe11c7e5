export { openTracing } from './open-tracing.js';
export { Tracing } from './tracing.js';
