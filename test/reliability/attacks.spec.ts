import { comparedWithLog, everyRequest } from './attacks.js';
import { Deployment } from './deployment.js';
import { type Defect, defectiveDoor } from './fuzz/defective-door.js';
import { fuzz } from './fuzz/fuzz.js';

/** R20 and R21 of `npm run test:reliability` in short. The processes run from `dist`. */
describe('under requests of every sort', () => {
  jest.setTimeout(180_000);

  it('nothing fails, nothing is quoted, and nothing refused is recorded', async () => {
    const figure = await everyRequest({ seed: 20, cases: 2000 });
    process.stdout.write(`${figure.id}: ${figure.volume}; ${figure.seconds} s, seed ${figure.seed}\n`);
    expect(figure).toMatchObject({ lost: 0, doubled: 0, differing: 0, holds: true });
  });

  describe('a defect would be noticed:', () => {
    let deployment: Deployment;
    beforeAll(async () => {
      deployment = await Deployment.begin({ TOUCHLINE_RATE: '1000000' });
    });
    afterAll(async () => {
      await deployment.stop();
      await deployment.remove();
    });

    const foundBehind = async (defect: Defect, seed: number) => {
      const door = await defectiveDoor(deployment.url, defect);
      try {
        return await fuzz({ url: door.url, roles: ['local'], asRole: () => ({}) }, 'fitting', 384, seed);
      } finally {
        await door.close();
      }
    };
    const as = (status: number, text: (said: string) => string, when: (status: number) => boolean): Defect => {
      return (answer) => (when(answer.status) ? { status, text: text(answer.said) } : answer);
    };
    const problem = (status: number, errors?: unknown) => JSON.stringify({ title: 'No', status, code: 'no', errors });

    it.each<[string, Defect, string]>([
      [
        'a route that throws',
        as(
          500,
          () => 'Error\n    at say (door.ts:1:1)',
          (status) => status === 404,
        ),
        'never fails',
      ],
      [
        'a handler that quotes',
        as(
          422,
          (said) => problem(422, [{ pointer: '', detail: said }]),
          (status) => status === 422,
        ),
        'is not quoted',
      ],
      [
        'a refusal without a place',
        as(
          422,
          () => problem(422),
          (status) => status === 422,
        ),
        'says where it does not fit',
      ],
      [
        'a refusal in HTML',
        as(
          409,
          () => '<h1>Conflict</h1>',
          (status) => status === 409,
        ),
        'is refused in the form of a problem',
      ],
      ['a line that is cut', (answer) => (answer.status === 409 ? null : answer), 'is answered'],
    ])('%s', async (_, defect, law) => {
      const { breaches } = await foundBehind(defect, 7);
      expect(new Set(breaches.flatMap(({ laws }) => laws))).toContain(law);
    });

    it('a refusal that was recorded, and a receipt that was not', async () => {
      const lies = as(
        409,
        () => problem(409),
        (status) => status === 201,
      );
      const told = await foundBehind((answer) => answer, 8);
      const { receipts } = await foundBehind(lies, 9);
      const forged = { id: 'x', revision: '0', position: '1', events: ['CustomerForged'] };
      await deployment.stop();
      const { lost, unasked } = await comparedWithLog(deployment.data, [...told.receipts, ...receipts, forged]);
      expect([lost, told.breaches]).toEqual([1, []]);
      expect(unasked).toBeGreaterThan(0);
    });
  });
});
