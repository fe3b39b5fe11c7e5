export {
  DefaultTopicDataFormatter,
  type DefaultTopicDataFormatterOptions,
} from './default-topic-data.formatter.js';
export {
  FormatterRegistry,
  catalogueFormatters,
  type FormatterEntry,
  type FormatterRegistryOptions,
} from './formatter.registry.js';
export {
  FormatterRegistryError,
  TopicWithoutFormatterError,
  type RegistryFaults,
} from './formatters.errors.js';
export { type LocationFact, type LocationIdAccessor } from './location-fact.js';
export { LocationTopicDataFormatter } from './location-topic-data.formatter.js';
export { accessorFor, isUsableId, type OrganizationIdAccessor } from './organization-id.js';
export { type JsonObject } from './payload.js';
export { type WebHookFormatterInterface } from './web-hook-formatter.interface.js';
