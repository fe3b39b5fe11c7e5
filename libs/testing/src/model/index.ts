export { explore, type Counterexample, type Exploration } from './explore.js';
export { ACTIONS, type ActionName, type ProtocolAction, type Story } from './protocol-actions.js';
export { isDone, stepsOf } from './protocol-model.js';
export { type ModelTerms, type Step, type Violation } from './protocol-step.js';
export {
  ALL_PROTECTIONS,
  PROTECTION_NAMES,
  PROTECTIONS,
  without,
  type Protection,
} from './protections.js';
export {
  FULL_SIZE,
  initialState,
  type ProtocolSize,
  type ProtocolState,
  type Run,
} from './protocol-state.js';
export { LARGER_SIZES, SIZES, sizeWithout } from './sizes.js';
export { parseStory, replayStory, storyText, type Replay } from './story.js';
