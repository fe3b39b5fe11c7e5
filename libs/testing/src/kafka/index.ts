export {
  produceWithJava,
  type JavaCompression,
  type JavaProducerOptions,
} from './java-producer.js';
export {
  committedOffsets,
  createTopics,
  deleteTopics,
  uniquePrefix,
  withAdmin,
} from './test-topics.js';
