import { databaseFault, DataSource } from '@app/database';
import { Readiness } from '@app/platform';
import { Injectable } from '@nestjs/common';

/** Ready while the database answers. */
@Injectable()
export class ApiReadiness extends Readiness {
  constructor(private readonly dataSource: DataSource) {
    super();
  }

  protected override async missingParts(): Promise<string[]> {
    const fault = await databaseFault(this.dataSource);
    return fault === undefined ? [] : [fault];
  }
}
