export { COLLECTORS, Collections, type Collector } from './collections.js';
export { addConsumerLagGauges } from './consumer-lag-gauges.js';
export { MetricsController } from './metrics.controller.js';
export { MetricsServer } from './metrics-server.js';
export { Metrics } from './metrics.js';
export { countingFailures } from './own-failures.js';
export { PipelineMetrics } from './pipeline-metrics.js';
export { addInFlightGauge, addPoolGauges } from './process-gauges.js';
export { addQueueGauges } from './queue-gauges.js';
