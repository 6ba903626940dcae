import { environment } from '../../lambda/contract/environment.ts';

/** One invocation of the function. Together they make every call that the program knows. */
export interface Flow {
  readonly what: string;
  readonly event: object;
  /** What differs from the environment that the stack deploys. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** How long Lambda gives each of them: long enough to read every node, and to give up the one that never answers. */
export const remainingMs = 16_000;

/** In turns; the flows of one turn run side by side. */
export const turns: readonly (readonly Flow[])[] = [
  [
    { what: 'as scheduled: every cluster; configz, then SSM; one node never answers; findings published', event: {} },
    {
      what: 'every source reads every node, the handshake too',
      event: { clusters: ['edge'] },
      environment: { [environment.sources]: 'configz,ssm,tls', [environment.everySource]: 'true' },
    },
  ],
  [
    {
      what: 'SSM alone, nodes by tags; other findings, and the former ones archived',
      event: { clusters: ['prod'] },
      environment: { [environment.sources]: 'ssm', [environment.scope]: 'node' },
    },
  ],
];
