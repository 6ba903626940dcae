import type { AssociatedPolicy } from './access-policies.ts';

/** A principal that EKS lets in, by an access entry or by the ConfigMap aws-auth. */
export interface IamPrincipal {
  readonly arn: string;
  /** With EKS's templates in it: `arn:aws:sts::111122223333:assumed-role/ops/{{SessionName}}`. */
  readonly username: string;
  readonly groups: readonly string[];
  readonly from: 'access entry' | 'aws-auth';
  readonly policies: readonly AssociatedPolicy[];
}
