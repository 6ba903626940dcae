/** What IAM is asked when a call is made: may this principal do this to that. A call about several resources makes several. */
export interface IamRequest {
  /** Who makes the call, for people: a function of ours, or the AWS service that does it for us. */
  readonly by: string;
  /** The role's ARN, or the service itself: `states.amazonaws.com`. */
  readonly principal: string;
  readonly action: string;
  /** `*` for an action that AWS cannot limit to resources. */
  readonly resource: string;
  /** Whose resource it is. */
  readonly accountId: string;
  /** Condition keys and their values. */
  readonly context: RequestContext;
  /** The principal is not of ours, and its own policies allow it this much. */
  readonly own?: { readonly action: string; readonly resource: string };
  /** The role that it asks for is not of ours, and trusts this principal. */
  readonly trusted?: true;
}

export type RequestContext = Readonly<Record<string, string | string[]>>;

/** The condition keys of a resource's tags, in both spellings that SSM knows. */
export const tagContext = (tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(tags).flatMap(([key, value]) => [
      [`aws:ResourceTag/${key}`, value],
      [`ssm:resourceTag/${key}`, value],
    ]),
  );
