import { customHeaderFaults } from '@app/delivery';
import {
  Validate,
  type ValidationArguments,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';

/** Faults that one message lists; whoever gets thirty of them has seen enough after these. */
const MAX_LISTED = 5;

/** That of a header that may be sent. */
const MAX_NAME_LENGTH = 64;

@ValidatorConstraint({ name: 'areCustomHeaders' })
export class CustomHeadersConstraint implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return customHeaderFaults(value).length === 0;
  }

  defaultMessage({ value }: ValidationArguments): string {
    return customHeaderFaults(value)
      .slice(0, MAX_LISTED)
      .map(({ header, reason }) => (header === '' ? reason : `header ${shown(header)}: ${reason}`))
      .join(', ');
  }
}

/** A name that is too long would otherwise be answered in full. */
function shown(header: string): string {
  return header.length <= MAX_NAME_LENGTH ? header : `${header.slice(0, MAX_NAME_LENGTH)}…`;
}

/** Headers that may be sent with every delivery, see `customHeaderFaults`. */
export const AreCustomHeaders = (): PropertyDecorator => Validate(CustomHeadersConstraint);
