import type { TokenPayload } from '@app/applications';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { GqlExecutionContext } from '@nestjs/graphql';
import type { GraphqlContext } from '../graphql/graphql-context.js';
import { assertScope, RequiredScope } from './required-scope.decorator.js';

/** Lets through whoever has a valid token; an integration token must have the required permission. */
@Injectable()
export class TokenPayloadGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const { payload } = GqlExecutionContext.create(context).getContext<GraphqlContext>();
    this.assertKind(payload);
    const scope = this.reflector.get(RequiredScope, context.getHandler());
    if (scope) assertScope(payload, scope);
    return true;
  }

  /** Which kinds of token are let through; both here. */
  protected assertKind(_payload: TokenPayload): void {}
}
