import { isWebhookType, nearestWebhookType, WEBHOOK_TYPES } from '@app/events';
import {
  registerDecorator,
  type ValidationArguments,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';

@ValidatorConstraint({ name: 'isWebhookType' })
export class WebhookTypeConstraint implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return typeof value === 'string' && isWebhookType(value);
  }

  defaultMessage({ value }: ValidationArguments): string {
    const nearest = typeof value === 'string' ? nearestWebhookType(value) : undefined;
    const suggestion = nearest === undefined ? '' : `; did you mean ${nearest}?`;
    return `It is none of the ${WEBHOOK_TYPES.length} event types${suggestion}`;
  }
}

/** One of the documented event types. */
export function IsWebhookType(): PropertyDecorator {
  return (target, propertyName) =>
    registerDecorator({
      target: target.constructor,
      propertyName: String(propertyName),
      validator: WebhookTypeConstraint,
    });
}
