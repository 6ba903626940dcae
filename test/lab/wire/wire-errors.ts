import { LabError, type ServiceName } from './service.ts';
import type { ServiceModel } from './service-model.ts';

type Protocol = ServiceModel['protocol'];

/** Codes that each protocol uses for the same fault. */
const errorNames: Readonly<
  Record<
    'noToken' | 'badSignature' | 'badKey' | 'expired' | 'skewed' | 'unknownOperation' | 'accessDenied' | 'throttled',
    Readonly<Record<Protocol, readonly [code: string, status: number]>>
  >
> = {
  noToken: each(
    ['MissingAuthenticationTokenException', 403],
    ['MissingAuthenticationToken', 403],
    ['AuthFailure', 401],
    ['AccessDenied', 403],
  ),
  badSignature: each(
    ['InvalidSignatureException', 403],
    ['SignatureDoesNotMatch', 403],
    ['SignatureDoesNotMatch', 403],
    ['SignatureDoesNotMatch', 403],
  ),
  badKey: each(
    ['UnrecognizedClientException', 403],
    ['InvalidClientTokenId', 403],
    ['AuthFailure', 401],
    ['InvalidAccessKeyId', 403],
  ),
  expired: each(['ExpiredTokenException', 403], ['ExpiredToken', 403], ['RequestExpired', 400], ['ExpiredToken', 400]),
  skewed: each(
    ['InvalidSignatureException', 403],
    ['SignatureDoesNotMatch', 403],
    ['RequestExpired', 400],
    ['RequestTimeTooSkewed', 403],
  ),
  unknownOperation: each(
    ['UnknownOperationException', 404],
    ['InvalidAction', 400],
    ['InvalidAction', 400],
    ['NotImplemented', 501],
  ),
  accessDenied: each(
    ['AccessDeniedException', 403],
    ['AccessDenied', 403],
    ['UnauthorizedOperation', 403],
    ['AccessDenied', 403],
  ),
  throttled: each(['ThrottlingException', 429], ['Throttling', 400], ['RequestLimitExceeded', 503], ['SlowDown', 503]),
};

function each<T>(
  ...[json, query, ec2, xml]: readonly [json: T, query: T, ec2: T, xml: T]
): Readonly<Record<Protocol, T>> {
  return { 'rest-json': json, 'rest-xml': xml, json, query, ec2 };
}

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

export function protocolError(model: ServiceModel, name: keyof typeof errorNames, message: string): LabError {
  const [code, status] = errorNames[name][model.protocol];
  return new LabError(code, message, status);
}

/** An input that breaks the service's model, with every broken rule. */
export function refused(model: ServiceModel, broken: readonly string[]): LabError {
  const count = `${broken.length} validation error${broken.length === 1 ? '' : 's'} detected: `;
  return new LabError(invalidInput[model.service], `${count}${broken.join('; ')}`, 400);
}
