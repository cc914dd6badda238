import { networkOf, Rates } from './rates.js';

const tooMany = (seconds: string) =>
  expect.objectContaining({ status: 429, code: 'too-many-requests', headers: { 'retry-after': seconds } });

describe('the rates', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('let each caller make so many requests a second, whatever others do', async () => {
    const rates = new Rates(2, 9);
    for (const caller of ['a', 'a', 'b']) await rates.spend(caller);
    await expect(rates.spend('a')).rejects.toEqual(tooMany('1'));
    await rates.spend('b');
    jest.advanceTimersByTime(1000);
    await rates.spend('a');
  });

  it('make a network wait once too many credentials were refused to it, however right the next one is', async () => {
    const rates = new Rates(99, 2);
    await rates.refused('a');
    await rates.mayTry('a');
    await rates.refused('a');
    await expect(rates.mayTry('a')).rejects.toEqual(tooMany('60'));
    await rates.mayTry('b');
    jest.advanceTimersByTime(59_000);
    await expect(rates.mayTry('a')).rejects.toEqual(tooMany('1'));
    jest.advanceTimersByTime(1000);
    await rates.mayTry('a');
  });

  it('count sign-ins that are tried side by side', async () => {
    const rates = new Rates(99, 2);
    const tried = await Promise.allSettled(Array.from({ length: 5 }, () => rates.trySignIn('a')));
    expect(tried.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', ...Array(3).fill('rejected')]);
  });

  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::ffff:10.0.0.7', '10.0.0.7'],
    ['::1', '0:0:0:0'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8::6', '2001:db8:0:0'],
    ['2001:db8:1:2::', '2001:db8:1:2'],
  ])('take %s for one of the network %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
