import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { resolvedStack } from '../../../lab/aws/cloud-formation/cloud-formation.ts';
import { matchesPattern } from '../../../lab/aws/events/event-pattern.ts';
import { byKeyPolicy } from '../../../lab/aws/kms/kms.ts';
import { resourcePolicy } from '../../../lab/aws/resource-policy.ts';
import type { LabCall } from '../../../lab/wire/service.ts';
import { everythingOwned, templatesOf } from '../../synthesise.ts';

const place = { accountId: '111122223333', region: 'eu-west-1' };
const hubOf = (settings: object) =>
  resolvedStack({ template: templatesOf(settings)['EksKubeletAudit']?.toJSON(), ...place });
const signing = (settings: object) =>
  hubOf(settings)
    .resources('AWS::KMS::Key')
    .filter(({ properties }) => properties['KeyUsage'] === 'SIGN_VERIFY');
const summariseOf = (settings: object) => {
  const hub = hubOf(settings);
  const variables = hub
    .resources('AWS::Lambda::Function')
    .filter((each) => hub.refOf(each) === 'eks-kubelet-audit-summarise')
    .map(({ properties }) =>
      z.object({ Variables: z.record(z.string(), z.unknown()) }).parse(properties['Environment']),
    );
  return hub.resolve(variables[0]?.Variables);
};

describe('a hub that signs', () => {
  it('lets only the function that sums up sign, and only digests by P-256', () => {
    const [key] = signing({ sign: true });
    const hub = hubOf({ sign: true });
    expect(key?.properties['KeySpec']).toBe('ECC_NIST_P256');
    const allows = byKeyPolicy(resourcePolicy.parse(hub.resolve(key?.properties['KeyPolicy'])));
    const statement = { MessageType: 'DIGEST', SigningAlgorithm: 'ECDSA_SHA_256' };
    const by = (role: string, operation: string, input: object = statement, account = place.accountId) =>
      allows({
        ...place,
        service: 'kms',
        operation,
        principalArn: `arn:aws:sts::${account}:assumed-role/${role}/session`,
        input: { ...input },
      } satisfies LabCall);

    expect(by('EksKubeletAuditSummarise', 'Sign')).toBe(true);
    expect(by('EksKubeletAuditSummarise', 'GetPublicKey', {})).toBe(true);
    expect(by('EksKubeletAuditSummarise', 'Sign', { ...statement, MessageType: 'RAW' })).toBe(false);
    expect(by('EksKubeletAuditSummarise', 'Sign', { ...statement, SigningAlgorithm: 'ECDSA_SHA_384' })).toBe(false);
    for (const role of ['EksKubeletAuditItem', 'EksKubeletAuditMember', 'Administrator'])
      for (const operation of ['Sign', 'CreateGrant']) expect(by(role, operation), `${role} ${operation}`).toBe(false);
    expect(by('EksKubeletAuditSummarise', 'Sign', statement, '999988887777')).toBe(false);
    expect(by('Administrator', 'PutKeyPolicy', {})).toBe(true);
  });

  it('signs with a key of the settings instead, if there is one, and makes none', () => {
    expect(signing(everythingOwned)).toEqual([]);
    expect(summariseOf(everythingOwned)).toMatchObject({
      EKS_KUBELET_AUDIT_SIGNING_KEY: everythingOwned.signingKey,
      EKS_KUBELET_AUDIT_RESULT_RETENTION_DAYS: '365',
    });
  });

  it('may sign with the key before as well, where that one has to hand over, and with no other', () => {
    const before = everythingOwned.signingKey.replace(/[^/]+$/, '01234567-89ab-cdef-0123-456789abcdef');
    const settings = { ...everythingOwned, previousSigningKey: before };
    expect(summariseOf(settings)).toMatchObject({
      EKS_KUBELET_AUDIT_SIGNING_KEY: everythingOwned.signingKey,
      EKS_KUBELET_AUDIT_PREVIOUS_SIGNING_KEY: before,
    });
    expect(summariseOf(everythingOwned)).not.toHaveProperty('EKS_KUBELET_AUDIT_PREVIOUS_SIGNING_KEY');

    const statement = z.object({ Action: z.union([z.string(), z.array(z.string())]), Resource: z.unknown() });
    const policies = z.array(z.object({ PolicyDocument: z.object({ Statement: z.array(statement) }) }));
    const hub = hubOf(settings);
    const statements = hub
      .resources('AWS::IAM::Role')
      .flatMap(({ properties }) => policies.parse(hub.resolve(properties['Policies'] ?? [])))
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .filter(({ Action }) => [Action].flat().includes('kms:Sign'));
    expect(statements.flatMap(({ Resource }) => [Resource].flat())).toEqual([before, everythingOwned.signingKey]);
  });

  it('does not sign unless the settings say so', () => {
    expect(signing({})).toEqual([]);
    expect(summariseOf({})).not.toHaveProperty('EKS_KUBELET_AUDIT_SIGNING_KEY');
  });

  it('mails the hash of each statement and of the one before, in a deployment that signs', () => {
    const completed = { source: 'eks-kubelet-audit', 'detail-type': 'Audit Completed', account: place.accountId };
    const mailsOf = (settings: object) => {
      const hub = hubOf(settings);
      return hub.resources('AWS::Events::Rule').filter(({ properties }) => {
        const pattern = z.record(z.string(), z.unknown()).parse(hub.resolve(properties['EventPattern'] ?? {}));
        return matchesPattern(pattern, completed) && JSON.stringify(properties['Targets']).includes('InputTransformer');
      });
    };
    const [mail, ...others] = mailsOf({ sign: true });
    expect(others).toEqual([]);
    const text = JSON.stringify(mail?.properties['Targets']);
    for (const field of ['statement', 'statementSha256', 'previousStatementSha256'])
      expect(text).toContain(`"$.detail.${field}"`);
    expect(mailsOf({})).toEqual([]);
  });
});
