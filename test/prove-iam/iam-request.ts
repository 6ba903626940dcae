/** What IAM is asked when a call is made: may this role do this to that. A call about several resources makes several. */
export interface IamRequest {
  /** Who makes the call: the program, or the AWS service that does it with a role of ours. */
  readonly by: string;
  /** The role's ARN. */
  readonly role: string;
  readonly action: string;
  /** `*` for an action that AWS cannot limit to resources. */
  readonly resource: string;
  /** Condition keys and their values. */
  readonly context: Readonly<Record<string, string>>;
}

/** The condition keys of a resource's tags, in both spellings that SSM knows. */
export const tagContext = (tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(tags).flatMap(([key, value]) => [
      [`aws:ResourceTag/${key}`, value],
      [`ssm:resourceTag/${key}`, value],
    ]),
  );
