import { judgeEndpoint, type EndpointRules } from '@app/delivery';
import { Injectable } from '@nestjs/common';
import {
  Validate,
  type ValidationArguments,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';

/** Which endpoints may be called in this installation; the sender judges by the same rules. */
export abstract class EndPointRules implements EndpointRules {
  abstract readonly allowHttp: boolean;
  abstract readonly allowedPorts: readonly number[];
  abstract readonly guard: EndpointRules['guard'];
}

/** Judges by the text alone: no name is resolved. */
@ValidatorConstraint({ name: 'isEndPoint' })
@Injectable()
export class EndPointConstraint implements ValidatorConstraintInterface {
  constructor(private readonly rules: EndPointRules) {}

  validate(value: unknown): boolean {
    return typeof value === 'string' && judgeEndpoint(value, this.rules).ok;
  }

  defaultMessage({ value }: ValidationArguments): string {
    if (typeof value !== 'string') return 'The endpoint must be a string';
    const verdict = judgeEndpoint(value, this.rules);
    return verdict.ok ? '' : verdict.reason;
  }
}

/** A URL that events may be posted to. */
export const IsEndPoint = (): PropertyDecorator => Validate(EndPointConstraint);
