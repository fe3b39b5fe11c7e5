import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { validate, type ValidationError } from 'class-validator';
import { badUserInput, type InputFault } from '../graphql/api.errors.js';

/**
 * Validates an argument by the decorators of its class. Not Nest's ValidationPipe: that one validates a
 * copy made by class-transformer, in which a header named `constructor` is missing.
 */
@Injectable()
export class InputPipe implements PipeTransform<object, Promise<object>> {
  async transform(value: object, { metatype }: ArgumentMetadata): Promise<object> {
    if (!metatype) throw new Error('an input needs a class');
    const input = Object.assign(new metatype() as object, value);
    const errors = await validate(input, { whitelist: true, forbidNonWhitelisted: true });
    if (errors.length > 0) throw badUserInput(errors.map(faultOf));
    return input;
  }
}

function faultOf({ property, constraints = {} }: ValidationError): InputFault {
  return { field: property, reason: Object.values(constraints).join(', ') };
}
