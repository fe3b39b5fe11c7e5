import { isWebhookType, nearestWebhookType, WEBHOOK_TYPES } from '@app/events';
import {
  Validate,
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
export const IsWebhookType = (): PropertyDecorator => Validate(WebhookTypeConstraint);
