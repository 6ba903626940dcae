import { type LabCall, LabError, type LabService } from '../../wire/service.ts';
import type { StsService } from '../sts/sts.ts';

/** IAM in front of the roles that STS knows. */
export class IamService implements LabService {
  readonly name = 'iam';
  readonly #sts: StsService;

  constructor({ sts }: { readonly sts: StsService }) {
    this.#sts = sts;
  }

  async handle({ operation, input, accountId }: LabCall): Promise<unknown> {
    if (operation !== 'GetRole') throw new LabError('InvalidAction', `the lab's iam does not know '${operation}'`);

    const name = String(input['RoleName']);
    const role = this.#sts.roleNamed(accountId, name);
    if (!role) throw new LabError('NoSuchEntity', `The role with name ${name} cannot be found.`, 404);
    return {
      Role: {
        Path: role.path,
        RoleName: name,
        RoleId: role.id,
        Arn: role.arn,
        CreateDate: new Date(role.createdAt).toISOString(),
      },
    };
  }
}
