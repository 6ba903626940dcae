import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { expect, it } from 'vitest';
import { labOfFile } from '../../lab-of-file.ts';

const accountId = '111122223333';
const region = 'eu-central-1';
const lab = await labOfFile(accountId);

it.each<[ErrorCode: string, entry: Partial<PutEventsRequestEntry>]>([
  ['InvalidArgument', { Source: undefined }],
  ['InvalidArgument', { DetailType: '' }],
  ['MalformedDetail', { Detail: '[1]' }],
  ['MalformedDetail', { Detail: '{' }],
  ['NotAuthorizedForSourceException', { Source: 'aws.securityhub' }],
])('PutEvents fails a single entry with %s and takes the others', async (ErrorCode, entry) => {
  const sound = { Source: 'eks-kubelet-audit', DetailType: 'Audit Completed', Detail: '{"a":1}' };
  const client = new EventBridgeClient({ endpoint: lab.endpoint, region, credentials: lab.credentials(accountId) });
  const before = lab.events.events(accountId, region).length;
  const answer = await client.send(new PutEventsCommand({ Entries: [{ ...sound, ...entry }, sound] }));

  expect(answer).toMatchObject({ FailedEntryCount: 1, Entries: [{ ErrorCode }, { EventId: expect.any(String) }] });
  expect(lab.events.events(accountId, region)).toHaveLength(before + 1);
});

it('PutEvents takes entries of 256 KB together, and none of a request with one byte more', async () => {
  const client = new EventBridgeClient({ endpoint: lab.endpoint, region, credentials: lab.credentials(accountId) });
  const before = lab.events.events(accountId, region).length;
  const put = (bytes: number) => {
    const entry = { Source: 'eks-kubelet-audit', DetailType: 'Audit Completed' };
    const Detail = JSON.stringify({ a: 'x'.repeat(bytes - 17 - 15 - 8) });
    return client.send(new PutEventsCommand({ Entries: [{ ...entry, Detail }] }));
  };
  await expect(put(256 * 1024 + 1)).rejects.toThrow('Total size of the entries in the request is over the limit');
  expect(lab.events.events(accountId, region)).toHaveLength(before);
  expect(await put(256 * 1024)).toMatchObject({ FailedEntryCount: 0 });
  expect(lab.events.events(accountId, region)).toHaveLength(before + 1);
});
