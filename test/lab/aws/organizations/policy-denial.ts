import type { LabCall, LabError } from '../../wire/service.ts';
import type { ServiceModel } from '../../wire/service-model.ts';
import { protocolError } from '../../wire/wire-errors.ts';
import { partitionOf } from '../partition.ts';

/** EC2's message says less of the resource than that of other services. */
export function policyDenial(model: ServiceModel, call: LabCall, policyArn: string): LabError {
  const who = `User: ${call.principalArn} is not authorized to perform: ${call.service}:${call.operation}`;
  const why = `with an explicit deny in a service control policy: ${policyArn}`;
  const message =
    model.protocol === 'ec2'
      ? `You are not authorized to perform this operation. ${who} ${why}. Encoded authorization failure message: bGFi`
      : `${who} on resource: ${resourceOf(call)} ${why}`;
  return protocolError(model, 'accessDenied', message);
}

function resourceOf({ service, accountId, region, input }: LabCall): string {
  const place = `arn:${partitionOf(region)}:${service}:${region}:${accountId}:`;
  if (service === 's3') return `arn:${partitionOf(region)}:s3:::${String(input['Bucket'])}`;
  if (service === 'eks') return `${place}cluster/${String(input['name'] ?? input['clusterName'] ?? '*')}`;
  return `${place}*`;
}
