import { readSettings, WrongSettings } from './settings.js';

describe('settings', () => {
  it('are the company’s defaults where nothing is said', () => {
    expect(readSettings({})).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      zone: 'Asia/Shanghai',
      currency: 'CNY',
      locale: 'zh-CN',
      vertical: 'car-rental-leisure',
      clock: 'real',
      eventStoreUrl: undefined,
      databaseUrl: undefined,
      rate: 5000,
      failures: 30,
      proxies: undefined,
    });
  });

  it.each([
    ['TOUCHLINE_PORT', '70000'],
    ['TOUCHLINE_HOST', '0.0.0.0'],
    ['TOUCHLINE_ZONE', '+08:00'],
    ['TOUCHLINE_CURRENCY', 'pounds'],
    ['TOUCHLINE_CLOCK', 'tomorrow'],
    ['TOUCHLINE_LOCALE', 'fr-FR'],
    ['TOUCHLINE_VERTICAL', 'spaceflight'],
    ['TOUCHLINE_LOG', 'loud'],
    ['TOUCHLINE_RATE', '-1'],
    ['TOUCHLINE_FAILURES', 'none'],
    ['TOUCHLINE_PROXIES', '10.0.0.7,proxy.example.org'],
    ['TOUCHLINE_MASTER_KEY', 'c2VjcmV0'],
    ['TOUCHLINE_DESTROYED_KEYS', '.touchline/destroyed'],
    ['EVENTSTORE_URL', 'http://secret@host'],
    ['DATABASE_URL', 'mysql://secret@host'],
    ['TOUCHLINE_ISSUER', 'http://login.example.com'],
    ['TOUCHLINE_ISSUER', 'our login'],
    ['TOUCHLINE_JWKS', 'file:///etc/keys'],
  ])('%s: a wrong value is named with an example, never quoted', (name, value) => {
    expect(() => readSettings({ [name]: value })).toThrow(new RegExp(`^${name} must .*, for example ${name}='`));
    expect(() => readSettings({ [name]: value })).not.toThrow(value);
  });

  it('keep the list of destroyed keys beside the data folder unless it lies elsewhere', () => {
    expect(readSettings({ TOUCHLINE_DATA: '/srv/crm' }).destroyedKeys).toBe('/srv/crm.destroyed-keys');
    const elsewhere = { TOUCHLINE_DATA: '/srv/crm', TOUCHLINE_DESTROYED_KEYS: '/srv/crm-gone' };
    expect(readSettings(elsewhere).destroyedKeys).toBe('/srv/crm-gone');
    expect(() => readSettings({ ...elsewhere, TOUCHLINE_DESTROYED_KEYS: '/srv/crm/gone' })).toThrow(WrongSettings);
  });

  it('let nothing listen beyond this machine but where an issuer signs tokens', () => {
    const host = (name: string, issuer?: string) =>
      readSettings({ TOUCHLINE_HOST: name, TOUCHLINE_ISSUER: issuer }).host;
    for (const name of ['0.0.0.0', '::', '10.0.0.7']) {
      expect(() => host(name)).toThrow(/^TOUCHLINE_HOST must be a loopback address: .*TOUCHLINE_ISSUER/);
      expect(() => host(name, '')).toThrow(WrongSettings);
      expect(() => host(name, 'nonsense')).toThrow(/TOUCHLINE_ISSUER must be the https address/);
      expect(host(name, 'https://login.example.com')).toBe(name);
    }
    expect(() => host('crm.example.com', 'https://login.example.com')).toThrow(WrongSettings);
    for (const name of ['127.0.0.1', '::1', 'localhost']) expect(host(name)).toBe(name);
  });

  it('tells of everything that is wrong at once', () => {
    const wrong = () => readSettings({ TOUCHLINE_PORT: 'x', TOUCHLINE_CLOCK: 'x' });
    expect(wrong).toThrow(WrongSettings);
    expect(wrong).toThrow(/TOUCHLINE_PORT[\s\S]*TOUCHLINE_CLOCK/);
  });

  it('accept one node, a cluster and the successor’s scheme', () => {
    for (const url of ['esdb://127.0.0.1:2113?tls=false', 'esdb+discover://a:2113', 'kurrentdb://u:p@a:2113,b:2113']) {
      expect(readSettings({ EVENTSTORE_URL: url }).eventStoreUrl).toBe(url);
    }
  });
});
