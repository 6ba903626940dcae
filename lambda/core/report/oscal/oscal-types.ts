/** The parts of OSCAL assessment results 1.2.1 that this program writes. Source: NIST's schema `oscal_assessment-results_schema.json` 1.2.1. */

export interface OscalProperty {
  readonly name: string;
  readonly ns: string;
  readonly value: string;
  readonly class?: string;
}

export interface OscalResult {
  readonly uuid: string;
  readonly title: string;
  readonly description: string;
  readonly start: string;
  readonly end?: string;
  readonly props?: readonly OscalProperty[];
  readonly 'local-definitions': {
    readonly components?: readonly OscalComponent[];
    readonly 'inventory-items'?: readonly OscalInventoryItem[];
    readonly 'assessment-assets': {
      readonly components: readonly OscalComponent[];
      readonly 'assessment-platforms': readonly {
        readonly uuid: string;
        readonly title: string;
        readonly 'uses-components': readonly { readonly 'component-uuid': string }[];
      }[];
    };
  };
  readonly 'reviewed-controls': {
    readonly 'control-selections': readonly [
      | { readonly 'include-controls': readonly { readonly 'control-id': string }[]; readonly remarks?: string }
      | { readonly 'include-all': Readonly<Record<string, never>>; readonly remarks?: string },
    ];
  };
  readonly observations?: readonly OscalObservation[];
  readonly risks?: readonly OscalRisk[];
  readonly findings?: readonly OscalFinding[];
  readonly remarks?: string;
}

export interface OscalComponent {
  readonly uuid: string;
  readonly type: 'software' | 'service';
  readonly title: string;
  readonly description: string;
  readonly props?: readonly OscalProperty[];
  readonly status: { readonly state: 'operational' };
}

interface OscalInventoryItem {
  readonly uuid: string;
  readonly description: string;
  readonly props?: readonly OscalProperty[];
  readonly 'implemented-components': readonly { readonly 'component-uuid': string }[];
}

interface OscalOrigin {
  readonly actors: readonly { readonly type: 'tool'; readonly 'actor-uuid': string }[];
}

export interface OscalObservation {
  readonly uuid: string;
  readonly title: string;
  readonly description: string;
  readonly props?: readonly OscalProperty[];
  /** `EXAMINE`: what a node or an API says of its settings. `TEST`: how a kubelet answers on the wire. */
  readonly methods: readonly ('EXAMINE' | 'TEST')[];
  readonly types: readonly ('control-objective' | 'discovery')[];
  readonly origins: readonly OscalOrigin[];
  readonly subjects?: readonly { readonly 'subject-uuid': string; readonly type: 'inventory-item' | 'component' }[];
  readonly 'relevant-evidence'?: readonly {
    readonly description: string;
    readonly props?: readonly OscalProperty[];
  }[];
  readonly collected: string;
}

interface RelatedObservation {
  readonly 'observation-uuid': string;
}

export interface OscalRisk {
  readonly uuid: string;
  readonly title: string;
  readonly description: string;
  readonly statement: string;
  readonly props?: readonly OscalProperty[];
  /** `investigating`: probably fails (warn). `deviation-approved`: a person has accepted it until a date. */
  readonly status: 'open' | 'investigating' | 'deviation-approved';
  readonly origins: readonly OscalOrigin[];
  readonly characterizations: readonly {
    readonly origin: OscalOrigin;
    readonly facets: readonly { readonly name: string; readonly system: string; readonly value: string }[];
  }[];
  /** When an accepted risk must be fixed. */
  readonly deadline?: string;
  readonly remediations?: readonly {
    readonly uuid: string;
    readonly lifecycle: 'recommendation';
    readonly title: string;
    readonly description: string;
  }[];
  readonly 'risk-log'?: {
    readonly entries: readonly {
      readonly uuid: string;
      readonly title: string;
      readonly start: string;
      readonly end: string;
      readonly 'status-change': 'deviation-approved';
      readonly props: readonly OscalProperty[];
    }[];
  };
  readonly 'related-observations': readonly RelatedObservation[];
}

export interface OscalFinding {
  readonly uuid: string;
  readonly title: string;
  readonly description: string;
  readonly props?: readonly OscalProperty[];
  readonly origins: readonly OscalOrigin[];
  readonly target: {
    readonly type: 'objective-id';
    readonly 'target-id': string;
    readonly title: string;
    readonly status: {
      readonly state: 'satisfied' | 'not-satisfied';
      readonly reason: 'pass' | 'fail' | 'other';
      readonly remarks?: string;
    };
  };
  readonly 'related-observations'?: readonly RelatedObservation[];
  readonly 'related-risks'?: readonly { readonly 'risk-uuid': string }[];
}
