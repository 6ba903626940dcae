import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scopes } from '../../../../lambda/contract/settings.ts';
import { parseClusterArn } from '../../../../lambda/core/cluster-arn.ts';
import { nameOf } from '../../../../lambda/core/controls/shared/about.ts';
import type { AsffFinding, AsffResource } from '../../../../lambda/core/findings/asff/asff.ts';
import { utf8Bytes, violations } from '../../../../lambda/core/findings/asff/limits.ts';
import { findingsOf } from '../../../../lambda/core/findings/findings-of.ts';
import type { Evidence, NodeAudit, NodeGroup, NodeKind, Origin, Verdict } from '../../../../lambda/core/model.ts';
import { refusals } from '../../../lab/aws/security-hub/security-hub-rules.ts';
import { arn, auditOf, clientCa, compliant, failed, judged, node, options } from '../compliant-audit.ts';

const sound = findingsOf(auditOf([judged(node(1), failed)]), options)[0]!;

/** The sound finding with another first resource. */
const withResource = (change: Partial<AsffResource>): AsffFinding => ({
  ...sound,
  Resources: [{ ...sound.Resources[0]!, ...change }],
});

const withProviderFields = (change: Partial<AsffFinding['FindingProviderFields']>): AsffFinding => ({
  ...sound,
  FindingProviderFields: { ...sound.FindingProviderFields, ...change },
});

const names = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, 'v']));

const broken: readonly (readonly [string, AsffFinding])[] = [
  ['Id', { ...sound, Id: 'i'.repeat(513) }],
  ['Id', { ...sound, Id: '' }],
  ['ProductArn', { ...sound, ProductArn: 'arn:aws:sec' }],
  ['ProductName', { ...sound, ProductName: 'p'.repeat(129) }],
  ['CompanyName', { ...sound, CompanyName: ' ' }],
  ['GeneratorId', { ...sound, GeneratorId: 'g'.repeat(513) }],
  ['AwsAccountId', { ...sound, AwsAccountId: '1111222233334' }],
  ['AwsAccountId', { ...sound, AwsAccountId: '11112222333x' }],
  ['Region', { ...sound, Region: 'r'.repeat(17) }],
  ['Title', { ...sound, Title: 't'.repeat(257) }],
  ['Description', { ...sound, Description: 'd'.repeat(1025) }],
  ['Description', { ...sound, Description: '\n\t' }],
  ['CreatedAt', { ...sound, CreatedAt: '2026-11-24' }],
  ['UpdatedAt', { ...sound, UpdatedAt: '2026-11-24T10:00:00.1234567890Z' }],
  ['FirstObservedAt', { ...sound, FirstObservedAt: '2026-13-24T10:00:00Z' }],
  ['LastObservedAt', { ...sound, LastObservedAt: '2026-11-24T10:00:00' }],
  ['Types', withProviderFields({ Types: Array(51).fill('Effects/a') })],
  ['Severity', withProviderFields({ Severity: { Label: 'HIGH', Original: 'o'.repeat(65) } })],
  ['RelatedRequirements', { ...sound, Compliance: { ...sound.Compliance, RelatedRequirements: ['r'.repeat(65)] } }],
  ['RelatedRequirements', { ...sound, Compliance: { ...sound.Compliance, RelatedRequirements: Array(33).fill('r') } }],
  ['Text', { ...sound, Remediation: { Recommendation: { Text: 't'.repeat(513), Url: 'https://aws.amazon.com' } } }],
  ['Text', { ...sound, Remediation: { Recommendation: { Text: '', Url: 'https://aws.amazon.com' } } }],
  ['ProductFields', { ...sound, ProductFields: names(51) }],
  ['ProductFields', { ...sound, ProductFields: { ['k'.repeat(129)]: 'v' } }],
  ['ProductFields', { ...sound, ProductFields: { key: 'v'.repeat(2049) } }],
  ['ProductFields', { ...sound, ProductFields: { key: '' } }],
  ['ProductFields', { ...sound, ProductFields: { 'aws/own': 'v' } }],
  ['Resources', { ...sound, Resources: [] }],
  ['Resources', { ...sound, Resources: Array(33).fill(sound.Resources[0]) }],
  ['Resources', withResource({ Id: 'i'.repeat(513) })],
  ['Resources', withResource({ Region: 'r'.repeat(17) })],
  ['Other', withResource({ Details: { Other: names(51) } })],
  ['Other', withResource({ Details: { Other: { key: 'v'.repeat(1024) } } })],
  ['Other', withResource({ Details: { Other: { ['k'.repeat(128)]: 'v' } } })],
  [
    'bytes',
    {
      ...sound,
      Resources: Array(32).fill({
        ...sound.Resources[0]!,
        Details: { Other: Object.fromEntries(Object.keys(names(10)).map((key) => [key, 'v'.repeat(1000)])) },
      }),
    },
  ],
];

describe('limits', () => {
  it('finds nothing wrong with a sound finding', () => {
    expect(violations(sound)).toEqual([]);
    expect(refusals({ ...sound })).toEqual([]);
  });

  it.each(broken)('tells a broken %s', (name, finding) => {
    expect(violations(finding).join()).toContain(name);
  });

  it('says of each what it has and what is allowed', () => {
    expect([...new Set(broken.flatMap(([, finding]) => violations(finding)))]).toEqual([
      'Id has 513 characters, allowed are 1 to 512',
      'Id has 0 characters, allowed are 1 to 512',
      'Id is blank',
      'ProductArn has 11 characters, allowed are 12 to 2048',
      'ProductName has 129 characters, allowed are 1 to 128',
      'CompanyName is blank',
      'GeneratorId has 513 characters, allowed are 1 to 512',
      'AwsAccountId has 13 characters, allowed are 12',
      'AwsAccountId is no account number: 1111222233334',
      'AwsAccountId is no account number: 11112222333x',
      'Region has 17 characters, allowed are 1 to 16',
      'Title has 257 characters, allowed are 1 to 256',
      'Description has 1025 characters, allowed are 1 to 1024',
      'Description is blank',
      'CreatedAt is no ISO 8601 time with a zone: 2026-11-24',
      'UpdatedAt is no ISO 8601 time with a zone: 2026-11-24T10:00:00.1234567890Z',
      'FirstObservedAt is no ISO 8601 time with a zone: 2026-13-24T10:00:00Z',
      'LastObservedAt is no ISO 8601 time with a zone: 2026-11-24T10:00:00',
      'FindingProviderFields.Types has 51 items, allowed are 0 to 50',
      'FindingProviderFields.Severity.Original has 65 characters, allowed are 1 to 64',
      'Compliance.RelatedRequirements has 65 characters, allowed are 1 to 64',
      'Compliance.RelatedRequirements has 33 items, allowed are 0 to 32',
      'Remediation.Recommendation.Text has 513 characters, allowed are 1 to 512',
      'Remediation.Recommendation.Text has 0 characters, allowed are 1 to 512',
      'Remediation.Recommendation.Text is blank',
      'ProductFields has 51 items, allowed are 0 to 50',
      'a name in ProductFields has 129 characters, allowed are 1 to 128',
      'ProductFields.key has 2049 characters, allowed are 1 to 2048',
      'ProductFields.key has 0 characters, allowed are 1 to 2048',
      'ProductFields.key is blank',
      'ProductFields.aws/own uses the reserved prefix aws/',
      'Resources has 0 items, allowed are 1 to 32',
      'Resources has 33 items, allowed are 1 to 32',
      'Resources[0].Id has 513 characters, allowed are 1 to 512',
      'Resources[0].Region has 17 characters, allowed are 1 to 16',
      'Resources[0].Details.Other has 51 items, allowed are 0 to 50',
      'Resources[0].Details.Other.key has 1024 characters, allowed are 1 to 1023',
      'a name in Resources[0].Details.Other has 128 characters, allowed are 1 to 127',
      expect.stringMatching(/^the finding has \d{6} bytes, allowed are 240000$/),
    ]);
  });

  it.each(broken)('agrees with the lab, which was written apart, that a broken %s is refused', (name, finding) => {
    expect(refusals({ ...finding }).join()).toContain(name);
  });

  it('takes each text and each list at its very limit', () => {
    const [first] = sound.Resources;
    const widest: AsffFinding = {
      ...sound,
      Id: 'i'.repeat(512),
      ProductArn: 'p'.repeat(2048),
      ProductName: 'p'.repeat(128),
      CompanyName: 'c'.repeat(128),
      GeneratorId: 'g'.repeat(512),
      Region: 'r'.repeat(16),
      Title: 't'.repeat(256),
      Description: 'd'.repeat(1024),
      FindingProviderFields: {
        Severity: { Label: 'HIGH', Original: 'o'.repeat(64) },
        Types: Array(50).fill('Effects/a'),
      },
      Compliance: { ...sound.Compliance, RelatedRequirements: Array(32).fill('r'.repeat(64)) },
      Remediation: { Recommendation: { Text: 't'.repeat(512), Url: 'https://aws.amazon.com' } },
      ProductFields: { ...names(49), ['k'.repeat(128)]: 'v'.repeat(2048) },
      Resources: Array.from({ length: 32 }, () => ({
        ...first!,
        Type: 'Other' as const,
        Id: 'i'.repeat(512),
        Region: 'r'.repeat(16),
        Details: { Other: { ...names(49), ['k'.repeat(127)]: 'v'.repeat(1023) } },
      })),
    };

    expect(violations(widest)).toEqual([]);
    expect(violations({ ...sound, ProductArn: 'p'.repeat(12) })).toEqual([]);
    expect(violations({ ...sound, UpdatedAt: '2026-11-24T10:00:00.123456789+01:00' })).toEqual([]);
  });

  it('takes a finding of 240,000 bytes, and none of one byte more', () => {
    const ofBytes = (bytes: number): AsffFinding => {
      const padded = (pad: number): AsffFinding => ({
        ...sound,
        Compliance: {
          ...sound.Compliance,
          StatusReasons: [{ ReasonCode: 'PADDING', Description: 'x'.repeat(pad) }],
        },
      });
      return padded(1 + bytes - utf8Bytes(JSON.stringify(padded(1))));
    };

    expect(violations(ofBytes(240_000))).toEqual([]);
    expect(violations(ofBytes(240_001))).toEqual(['the finding has 240001 bytes, allowed are 240000']);
  });

  it.each([
    ['2026-11-24T10:00:00Z', true],
    ['2026-11-24T10:00:00.123456789+0130', true],
    ['2026-11-24T10:00:00-01:30', true],
    ['2026-11-24T10:00:00.Z', false],
    ['2026-11-24T10:00:00+1', false],
    ['2026-11-24T10:00:00ZZ', false],
    ['+002026-11-24T10:00:00Z', false],
    ['2026-11-24 10:00:00Z', false],
    ['2026-1-24T10:00:00Z', false],
  ])('takes %s for a time: %j', (LastObservedAt, isTime) => {
    expect(violations({ ...sound, LastObservedAt }).length === 0).toBe(isTime);
  });

  it.each(['0111122223333', '11112222333a', 'a11112222333'])('takes %s for no account', (AwsAccountId) => {
    expect(violations({ ...sound, AwsAccountId })).toContain(`AwsAccountId is no account number: ${AwsAccountId}`);
  });

  it('tells a link that is none', () => {
    const Remediation = { Recommendation: { Text: 't', Url: 'see the docs' } };
    expect(violations({ ...sound, Remediation })).toEqual(['Remediation.Recommendation.Url is no URL: see the docs']);
  });

  it.each(['\u007f', '\u0080', '\u07ff', '\u0800', '\uffff', '\u{10000}'])('counts the bytes of %j', (character) => {
    expect(utf8Bytes(character)).toBe(Buffer.byteLength(character));
  });

  it('tells half of a surrogate pair, which has no UTF-8', () => {
    expect(violations({ ...sound, Title: 'a\ud800' })).toEqual(['Title holds half of a surrogate pair']);
  });

  it.each(['abc', 'äöü', '…', '😀', 'a😀ä…'])('counts the UTF-8 bytes of %s', (text) => {
    expect(utf8Bytes(text)).toBe(Buffer.byteLength(text));
  });
});

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    ' ',
    '\u0000',
    '\ud83d',
    '\u202e',
    'aws/',
    '"'.repeat(3000),
    '\uffff'.repeat(3000),
    '測'.repeat(3000),
    '😀'.repeat(3000),
  ),
);
const origins: fc.Arbitrary<Origin> = fc.oneof(
  fc.constant<Origin>({ from: 'running' }),
  fc.record({ from: fc.constant('drop-in' as const), file: hostile }),
  fc.record({ from: fc.constant('flag' as const), flag: hostile }),
);
const evidences: fc.Arbitrary<Evidence> = fc.record({
  setting: fc.constant(nameOf(clientCa.about)),
  value: hostile,
  expected: hostile,
  origin: origins,
  via: fc.constantFrom('configz' as const, 'ssm' as const),
  notes: fc.array(hostile),
});
const marks = fc.record({ until: fc.constant('2026-12-31'), by: hostile, reason: hostile });
const verdicts: fc.Arbitrary<Verdict> = fc.oneof(
  fc.record({ status: fc.constantFrom('pass' as const, 'fail' as const), evidence: evidences }),
  fc.record({ status: fc.constant('fail' as const), evidence: evidences, waived: marks }),
  fc.record({ status: fc.constant('fail' as const), evidence: evidences, waiverExpired: marks }),
  fc.record({ status: fc.constant('warn' as const), because: hostile, evidence: evidences }),
  fc.record({ status: fc.constantFrom('unknown' as const, 'not-applicable' as const), because: hostile }),
);
const nodes: fc.Arbitrary<NodeAudit> = fc
  .record({
    key: hostile,
    name: hostile,
    machine: fc.oneof(
      fc.record({ status: fc.constant('confirmed' as const), instanceId: hostile }),
      fc.record({ status: fc.constant('none' as const), because: hostile }),
    ),
    kind: fc.constantFrom<NodeKind>('al2023', 'bottlerocket', 'windows', 'fargate'),
    group: fc.record({
      kind: fc.constantFrom<NodeGroup['kind']>('managed', 'karpenter', 'auto-scaling-group'),
      name: hostile,
    }),
    kubeletVersion: hostile,
    osImage: hostile,
    imageId: hostile,
    launchTemplate: fc.record({ id: hostile, version: hostile }),
  })
  .chain((each) => verdicts.map((verdict) => judged(each, verdict)));

describe('findings of hostile nodes', () => {
  it('break no limit of ASFF, and have distinct Ids that another run finds again', () => {
    fc.assert(
      fc.property(fc.array(nodes, { maxLength: 12 }), fc.constantFrom(...scopes), hostile, (audits, scope, words) => {
        const controls = [{ ...clientCa, title: words, rationale: words, expected: words }];
        const audit = auditOf(audits, { cluster: { ...compliant.cluster, version: words, status: words } });
        const findings = findingsOf(audit, { ...options, controls, scope });
        const again = findingsOf(auditOf(audits.toReversed()), { ...options, controls, scope, stored: 'unknown' });
        const ids = findings.map(({ Id }) => Id);

        for (const finding of findings) {
          expect(violations(finding)).toEqual([]);
          expect(refusals({ ...finding })).toEqual([]);
        }
        expect(new Set(ids).size).toBe(ids.length);
        expect(again.map(({ Id }) => Id)).toEqual(ids);
      }),
      { numRuns: 60 },
    );
  });

  it('stay under 240 KB with 31 nodes of the widest characters in every field', () => {
    const wide = '測'.repeat(5000);
    const worst: Evidence = {
      setting: nameOf(clientCa.about),
      value: wide,
      expected: wide,
      origin: { from: 'drop-in', file: wide },
      via: 'configz',
      notes: [wide],
    };
    const many = Array.from({ length: 40 }, (_, index) =>
      judged(
        node(index, {
          key: `${index}${wide}`,
          name: `${index}${wide}`,
          machine: { status: 'none', because: wide },
          group: { kind: 'auto-scaling-group', name: wide },
          kubeletVersion: wide,
          osImage: wide,
          imageId: wide,
          launchTemplate: { id: wide, version: wide },
        }),
        {
          status: 'warn',
          because: `${index}${wide}`,
          evidence: worst,
          covered: { until: '2026-12-31', by: wide, reason: `${index}${wide}` },
        },
      ),
    );
    const longest = parseClusterArn(arn.arn.replace('blue', 'b'.repeat(100)))!;
    const controls = [{ ...clientCa, title: wide, rationale: wide, expected: wide }];
    const [finding] = findingsOf(auditOf(many, { cluster: { ...compliant.cluster, arn: longest } }), {
      ...options,
      controls,
    });

    expect(violations(finding!)).toEqual([]);
    expect(utf8Bytes(JSON.stringify(finding))).toBeGreaterThan(100_000);
  });
});
