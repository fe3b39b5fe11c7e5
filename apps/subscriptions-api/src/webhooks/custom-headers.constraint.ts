import { customHeaderFaults } from '@app/delivery';
import {
  registerDecorator,
  type ValidationArguments,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';

/** Faults that one message lists; whoever gets thirty of them has seen enough after these. */
const MAX_LISTED = 5;

@ValidatorConstraint({ name: 'areCustomHeaders' })
export class CustomHeadersConstraint implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return customHeaderFaults(value).length === 0;
  }

  defaultMessage({ value }: ValidationArguments): string {
    return customHeaderFaults(value)
      .slice(0, MAX_LISTED)
      .map(({ header, reason }) => (header === '' ? reason : `header ${header}: ${reason}`))
      .join(', ');
  }
}

/** Headers that may be sent with every delivery, see `customHeaderFaults`. */
export function AreCustomHeaders(): PropertyDecorator {
  return (target, propertyName) =>
    registerDecorator({
      target: target.constructor,
      propertyName: String(propertyName),
      validator: CustomHeadersConstraint,
    });
}
