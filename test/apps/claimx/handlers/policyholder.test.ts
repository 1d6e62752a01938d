import { describe, expect, it } from 'vitest';
import { policyholderHandler } from '../../../../src/apps/claimx/handlers/policyholder.ts';
import { contextOf, fakeApi, taskOf } from '../fakes.ts';

const payload = (contactId = 'c-1'): string =>
  JSON.stringify({
    contact: { contactId, firstName: 'Avery', email: 'avery@example.com', contactType: 'POLICYHOLDER' },
  });
const invited = () => taskOf('POLICYHOLDER_INVITED', { raw_data: payload() });
const joined = () => taskOf('POLICYHOLDER_JOINED', { raw_data: payload() });

describe('the policyholder handler', () => {
  it('writes the contact of the payload', async () => {
    const outcomes = await policyholderHandler.handle([invited()], contextOf(fakeApi().api));
    expect(outcomes).toMatchObject([
      { rows: { contacts: [{ contact_id: 'c-1', project_id: 'p-1', first_name: 'Avery', invite_status: 'INVITED' }] } },
    ]);
  });

  it('says JOINED after a join', async () => {
    const outcomes = await policyholderHandler.handle([joined()], contextOf(fakeApi().api));
    expect(outcomes).toMatchObject([{ rows: { contacts: [{ invite_status: 'JOINED' }] } }]);
  });

  it('does not take a join back by an invitation in the same batch, in either order', async () => {
    for (const tasks of [
      [invited(), joined()],
      [joined(), invited()],
    ]) {
      const outcomes = await policyholderHandler.handle(tasks, contextOf(fakeApi().api));
      expect(outcomes).toMatchObject([
        { rows: { contacts: [{ invite_status: 'JOINED' }] } },
        { rows: { contacts: [{ invite_status: 'JOINED' }] } },
      ]);
    }
  });

  it('does not take a join back by an invitation that comes late', async () => {
    const { api } = fakeApi({
      getProjectContacts: async () => [{ contactId: 'c-1', inviteStatus: 'JOINED', joinedAt: '2026-01-03T08:00:00Z' }],
    });
    const outcomes = await policyholderHandler.handle([invited()], contextOf(api));
    expect(outcomes).toMatchObject([
      {
        rows: {
          contacts: [{ invite_status: 'JOINED', first_name: 'Avery', joined_at: Date.parse('2026-01-03T08:00:00Z') }],
        },
      },
    ]);
  });

  it('asks the API once for all events', async () => {
    const { api, calls } = fakeApi();
    await policyholderHandler.handle([invited(), invited(), joined()], contextOf(api));
    expect(calls).toEqual(['contacts p-1']);
  });

  it.each([null, 'not json', '{}', '{"contact":{}}', '{"contact":{"contactId":7}}', '[]'])(
    'fails an event for good whose payload holds no contact: %s',
    async (raw_data) => {
      const outcomes = await policyholderHandler.handle(
        [taskOf('POLICYHOLDER_INVITED', { raw_data })],
        contextOf(fakeApi().api),
      );
      expect(outcomes).toMatchObject([{ status: 'failed', error: { kind: 'permanent' } }]);
    },
  );
});
