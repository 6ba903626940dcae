import { expect, it } from 'vitest';
import { SsmService } from './ssm.ts';

const place = { accountId: '111122223333', region: 'eu-central-1' };
const id = (index: number) => `i-${String(index).padStart(17, '0')}`;
const arnOf = (accountId: string, region: string) => `arn:aws:ssm:${region}:${accountId}:document/Probe`;
const probe = {
  schemaVersion: '2.2',
  mainSteps: [
    {
      action: 'aws:runShellScript',
      name: 'run',
      precondition: { StringEquals: ['platformType', 'Linux'] },
      inputs: { timeoutSeconds: '30', runCommand: ['echo hello'] },
    },
  ],
};

it.each([
  ['neither ids nor targets', {}, 'InvalidParameters'],
  ['an id twice', { InstanceIds: [id(1), id(1)] }, 'DuplicateInstanceId'],
  ['an id that it does not manage, for the whole call', { InstanceIds: [id(1), id(2)] }, 'InvalidInstanceId'],
  ['a version that is not there', { DocumentVersion: '2' }, 'InvalidDocumentVersion'],
  ['a hash that is not that of the version', { DocumentVersion: '1', DocumentHash: 'f'.repeat(64) }, 'InvalidDocument'],
  ['a document that is not there', { DocumentName: 'Other' }, 'InvalidDocument'],
  ["another account's document", { DocumentName: arnOf('444455556666', place.region) }, 'InvalidDocument'],
  ["another Region's document", { DocumentName: arnOf(place.accountId, 'us-east-1') }, 'InvalidDocument'],
  ['parameters of a document without any', { Parameters: { commands: ['id'] } }, 'InvalidParameters'],
  ['a document of another platform', { InstanceIds: [id(9)] }, 'UnsupportedPlatformType'],
])('SSM of the lab refuses %s', async (what, changed, code) => {
  const ssm = new SsmService();
  ssm.putDocument(place.accountId, place.region, 'Probe', probe);
  ssm.registerInstance(place.accountId, place.region, { id: id(1) });
  ssm.registerInstance(place.accountId, place.region, { id: id(9), platformType: 'Windows' });

  const ids = what.startsWith('neither') ? {} : { InstanceIds: [id(1)] };
  const call = { service: 'ssm', operation: 'SendCommand', ...place, principalArn: 'arn:aws:iam::1:user/test' };
  const sent = ssm.handle({ ...call, input: { DocumentName: 'Probe', ...ids, ...changed } });
  await expect(sent).rejects.toMatchObject({ code });
});
