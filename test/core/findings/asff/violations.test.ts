import { describe, expect, it } from 'vitest';
import type { AsffFinding } from '../../../../lambda/core/findings/asff/asff.ts';
import { violations } from '../../../../lambda/core/findings/asff/asff.ts';
import { broken, names, sound } from './broken-findings.ts';

describe('what a finding breaks', () => {
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
      'Compliance.RelatedRequirements[0] has 65 characters, allowed are 1 to 64',
      'Compliance.RelatedRequirements has 33 items, allowed are 0 to 32',
      'Remediation.Recommendation.Text has 513 characters, allowed are 1 to 512',
      'Remediation.Recommendation.Text has 0 characters, allowed are 1 to 512',
      'Remediation.Recommendation.Text is blank',
      'ProductFields has 51 items, allowed are 0 to 50',
      'a name in ProductFields has 129 characters, allowed are 1 to 128',
      'ProductFields.key has 2049 characters, allowed are 1 to 2048',
      'ProductFields.key has 0 characters, allowed are 1 to 2048',
      'ProductFields.key is blank',
      'a name in ProductFields uses the reserved prefix aws/',
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

  it('takes each text and each list at its very limit', () => {
    const [first] = sound.Resources;
    const severity = { Severity: { Label: 'HIGH', Original: 'o'.repeat(64) } } as const;
    const place = { Type: 'Other', Id: 'i'.repeat(512), Region: 'r'.repeat(16) } as const;
    const Details = { Other: { ...names(49), ['k'.repeat(127)]: 'v'.repeat(1023) } };
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
      FindingProviderFields: { ...severity, Types: Array(50).fill('Effects/a') },
      Compliance: { ...sound.Compliance, RelatedRequirements: Array(32).fill('r'.repeat(64)) },
      Remediation: { Recommendation: { Text: 't'.repeat(512), Url: 'https://aws.amazon.com' } },
      ProductFields: { ...names(49), ['k'.repeat(128)]: 'v'.repeat(2048) },
      Resources: Array(32).fill({ ...first!, ...place, Details }),
    };

    expect(violations(widest)).toEqual([]);
    expect(violations({ ...sound, ProductArn: 'p'.repeat(12) })).toEqual([]);
    expect(violations({ ...sound, UpdatedAt: '2026-11-24T10:00:00.123456789+01:00' })).toEqual([]);
  });

  it('takes a finding of 240,000 bytes, and none of one byte more', () => {
    const padded = (pad: number): AsffFinding => {
      const StatusReasons = [{ ReasonCode: 'PADDING', Description: 'x'.repeat(pad) }];
      return { ...sound, Compliance: { ...sound.Compliance, StatusReasons } };
    };
    const ofBytes = (bytes: number) => padded(1 + bytes - Buffer.byteLength(JSON.stringify(padded(1))));

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

  it('reports a link that is none', () => {
    const Remediation = { Recommendation: { Text: 't', Url: 'see the docs' } };
    expect(violations({ ...sound, Remediation })).toEqual(['Remediation.Recommendation.Url is no URL: see the docs']);
  });

  it.each(['\u007f', '\u0080', '\u07ff', '\u0800', '\uffff', '\u{10000}'])('counts the bytes of %j', (character) => {
    expect(Buffer.byteLength(character)).toBe(Buffer.byteLength(character));
  });

  it('reports half of a surrogate pair, which has no UTF-8', () => {
    expect(violations({ ...sound, Title: 'a\ud800' })).toEqual(['Title holds half of a surrogate pair']);
  });
});
