import type { TokenPayload } from '@app/applications';
import { UseFilters, UseGuards } from '@nestjs/common';
import { Args, Query, Resolver } from '@nestjs/graphql';
import { BearerPayload } from '../guards/bearer-payload.decorator.js';
import { RequiredScope } from '../guards/required-scope.decorator.js';
import { TokenPayloadGuard } from '../guards/token-payload.guard.js';
import { Entities, type Entity } from './entities.js';
import { SUBGRAPH_SDL } from './type-definitions.js';
import { GraphqlErrorFilter } from './graphql-error.filter.js';

/** The two fields by which a supergraph uses this subgraph (Apollo Federation 2, subgraph specification). */
@Resolver()
@UseFilters(GraphqlErrorFilter)
export class FederationResolver {
  constructor(private readonly entities: Entities) {}

  @Query('_service')
  @UseGuards(TokenPayloadGuard)
  service(): { readonly sdl: string } {
    return { sdl: SUBGRAPH_SDL };
  }

  @Query('_entities')
  @UseGuards(TokenPayloadGuard)
  @RequiredScope('view_integrations')
  resolve(
    @BearerPayload() payload: TokenPayload,
    @Args('representations') representations: readonly object[],
  ): Promise<(Entity | null)[]> {
    return this.entities.find(payload, representations);
  }
}
