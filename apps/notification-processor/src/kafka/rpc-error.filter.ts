import { Catch, type ExceptionFilter } from '@nestjs/common';
import { throwError, type Observable } from 'rxjs';

/**
 * Hands the original error back to the transport. Nest's own filter logs it and replaces it by a
 * plain `{ status, message: 'Internal server error' }`, after which nobody can tell a database
 * outage from a programming mistake.
 */
@Catch()
export class RpcErrorFilter implements ExceptionFilter {
  catch(exception: unknown): Observable<never> {
    return throwError(() => exception);
  }
}
