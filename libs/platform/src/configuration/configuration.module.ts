import { type DynamicModule, Module } from '@nestjs/common';
import { ApiConfiguration, CliConfiguration, Configuration } from './configuration.js';

/** Makes the configuration injectable everywhere, by its class. */
@Module({})
export class ConfigurationModule {
  /** The service: {@link Configuration}, and the same object as {@link CliConfiguration}. */
  static forProcessor(configuration: Configuration): DynamicModule {
    return moduleOf(configuration, [Configuration, CliConfiguration]);
  }

  /** The subscriptions API: {@link ApiConfiguration}, and the same object as {@link CliConfiguration}. */
  static forApi(configuration: ApiConfiguration): DynamicModule {
    return moduleOf(configuration, [ApiConfiguration, CliConfiguration]);
  }

  /** A command line: {@link CliConfiguration} alone. */
  static forCli(configuration: CliConfiguration): DynamicModule {
    return moduleOf(configuration, [CliConfiguration]);
  }
}

type Token = typeof Configuration | typeof ApiConfiguration | typeof CliConfiguration;

function moduleOf(configuration: CliConfiguration, tokens: Token[]): DynamicModule {
  const providers = tokens.map((provide) => ({ provide, useValue: configuration }));
  return { module: ConfigurationModule, global: true, providers, exports: tokens };
}
