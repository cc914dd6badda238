import { callersOf, comparedWithLog, everyRequest } from './attacks.js';
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

    /** Who may everything: what is refused is refused for what it says. */
    const everybody = async () => ({ ...(await callersOf(deployment)), roles: ['everything'] });
    const foundBehind = async (defect: Defect, seed: number) => {
      const door = await defectiveDoor(deployment.url, defect);
      try {
        return await fuzz({ url: door.url, ...(await everybody()) }, 'fitting', 256, seed);
      } finally {
        await door.close();
      }
    };
    const problem = (status: number, errors?: unknown) => JSON.stringify({ title: 'No', status, code: 'no', errors });

    it('a route that throws, a handler that quotes, a refusal without a place, one in HTML, a line that is cut', async () => {
      let turn = 0;
      const defect: Defect = ({ status, text, said }) => {
        const isOdd = turn++ % 2 === 1;
        if (status === 404) return { status: 500, text: 'Error\n    at say (door.ts:1:1)' };
        if (status === 422) return { status, text: problem(422, isOdd ? [{ pointer: '', detail: said }] : undefined) };
        if (status === 409) return isOdd ? { status, text: '<h1>Conflict</h1>' } : null;
        return { status, text };
      };
      const { breaches } = await foundBehind(defect, 7);
      expect([...new Set(breaches.flatMap(({ laws }) => laws))]).toEqual(
        expect.arrayContaining([
          'never fails',
          'shows no program',
          'is not quoted',
          'says where it does not fit',
          'is refused in the form of a problem',
          'is answered',
        ]),
      );
    });

    it('a refusal that was recorded, and a receipt that was not', async () => {
      const lies: Defect = (answer) => (answer.status === 201 ? { status: 409, text: problem(409) } : answer);
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
