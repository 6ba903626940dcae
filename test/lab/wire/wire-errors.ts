import { LabError, type ServiceName } from './service.ts';
import type { ServiceModel } from './service-model.ts';

/** Codes and statuses for the same fault: in JSON, in a Query, of EC2, and in REST-XML. */
const errors = {
  noToken: 'MissingAuthenticationTokenException:403 MissingAuthenticationToken:403 AuthFailure:401 AccessDenied:403',
  badSignature:
    'InvalidSignatureException:403 SignatureDoesNotMatch:403 SignatureDoesNotMatch:403 SignatureDoesNotMatch:403',
  badKey: 'UnrecognizedClientException:403 InvalidClientTokenId:403 AuthFailure:401 InvalidAccessKeyId:403',
  expired: 'ExpiredTokenException:403 ExpiredToken:403 RequestExpired:400 ExpiredToken:400',
  skewed: 'InvalidSignatureException:403 SignatureDoesNotMatch:403 RequestExpired:400 RequestTimeTooSkewed:403',
  unknownOperation: 'UnknownOperationException:404 InvalidAction:400 InvalidAction:400 NotImplemented:501',
  accessDenied: 'AccessDeniedException:403 AccessDenied:403 UnauthorizedOperation:403 AccessDenied:403',
  throttled: 'ThrottlingException:429 Throttling:400 RequestLimitExceeded:503 SlowDown:503',
} as const;
const places = { 'rest-json': 0, json: 0, query: 1, ec2: 2, 'rest-xml': 3 } as const;

/** What each service calls an input that breaks its model. */
const invalidInput: Readonly<Record<ServiceName, string>> = {
  autoscaling: 'ValidationError',
  ec2: 'InvalidParameterValue',
  eks: 'InvalidParameterException',
  events: 'ValidationException',
  iam: 'ValidationError',
  kms: 'ValidationException',
  organizations: 'InvalidInputException',
  s3: 'InvalidArgument',
  securityhub: 'InvalidInputException',
  ssm: 'ValidationException',
  states: 'ValidationException',
  sts: 'ValidationError',
};

export function protocolError(model: ServiceModel, name: keyof typeof errors, message: string): LabError {
  const [code = '', status] = errors[name].split(' ')[places[model.protocol]]?.split(':') ?? [];
  return new LabError(code, message, Number(status));
}

/** An input that breaks the service's model, with every broken rule. */
export function refused(model: ServiceModel, broken: readonly string[]): LabError {
  const count = `${broken.length} validation error${broken.length === 1 ? '' : 's'} detected: `;
  return new LabError(invalidInput[model.service], `${count}${broken.join('; ')}`, 400);
}
