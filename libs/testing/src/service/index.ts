export {
  ApiClient,
  type ApiAnswer,
  type ApiAnswerError,
  type CreatedWebhook,
  type TokenAnswer,
} from './api-client.js';
export {
  Deployment,
  startDeployment,
  type DeploymentOptions,
  type ServerAddresses,
} from './deployment.js';
export { openPrintedRecord, printedSecrets, recordSecrets } from './printed-record.js';
export { receivedEvents, type ReceivedEvent } from './received-events.js';
export { residentMegabytes } from './resident-memory.js';
export { runCommand, type CommandResult } from './run-command.js';
export { Scrape, type Sample } from './scrape.js';
export { ServiceLog, type LogLine, type LogWaitOptions } from './service-log.js';
export {
  ServiceProcess,
  type HealthAnswer,
  type ServiceEnvironment,
  type ServiceExit,
  type StartWaitOptions,
} from './service-process.js';
export { TestPublisher, type PublishedRecord } from './test-publisher.js';
export { TopicReader, type ReadRecord } from './topic-reader.js';
