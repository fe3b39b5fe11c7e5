import { Catch, type ExceptionFilter } from '@nestjs/common';

/**
 * Hands errors of resolvers and guards on to Apollo as they are. Without it Nest would log each of
 * them as a failure, also a permission that is missing; what is none is logged by `errorReport`.
 */
@Catch()
export class GraphqlErrorFilter implements ExceptionFilter {
  catch(error: unknown): unknown {
    return error;
  }
}
