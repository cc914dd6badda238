/** An invented person: nobody is meant. */
export type Part = Readonly<{ handle: string; name: string; locale: 'en-GB' | 'zh-CN'; email: string }>;

const GIVEN_EN =
  'Alice Arthur Bella Callum Clara Daniel Edith Felix Freya George Hannah Isaac Iris Jonah Lottie Marcus Nora Oscar Poppy Rupert Saskia Theo Ursula Victor Winifred'.split(
    ' ',
  );
const FAMILY_EN =
  'Abbott Barlow Cresswell Drayton Ellery Farrow Garland Holloway Ingram Jessop Kember Lockwood Mallory Norcott Osgood Penrose Quayle Radley Stroud Thornbury'.split(
    ' ',
  );
/** With the way they are written in an e-mail address. */
const GIVEN_ZH =
  '安琪:anqi 博文:bowen 春晓:chunxiao 丹丹:dandan 凤英:fengying 国强:guoqiang 海燕:haiyan 佳怡:jiayi 俊杰:junjie 兰芳:lanfang 明哲:mingzhe 宁远:ningyuan 沛然:peiran 晴川:qingchuan 若水:ruoshui 思源:siyuan 天佑:tianyou 文静:wenjing 晓峰:xiaofeng 雅琴:yaqin 子涵:zihan'.split(
    ' ',
  );
const FAMILY_ZH =
  '白:bai 程:cheng 邓:deng 方:fang 顾:gu 何:he 姜:jiang 孔:kong 林:lin 孟:meng 潘:pan 秦:qin 沈:shen 唐:tang 魏:wei 薛:xue 严:yan 周:zhou'.split(
    ' ',
  );

/** The n-th of the crowd; two of five have Chinese names. No two share a name. */
export const crowdMember = (n: number): Part => {
  const handle = `crowd-${String(n).padStart(3, '0')}`;
  const email = (spelled: string) => `${spelled}.${n}@example.com`;
  if (n % 5 < 3) {
    const [given, family] = paired(GIVEN_EN, FAMILY_EN, n);
    return { handle, name: `${given} ${family}`, locale: 'en-GB', email: email(`${given}.${family}`.toLowerCase()) };
  }
  const [[given = '', givenSpelled], [family = '', familySpelled]] = paired(GIVEN_ZH, FAMILY_ZH, n).map((both) =>
    both.split(':'),
  ) as [string[], string[]];
  return { handle, name: `${family}${given}`, locale: 'zh-CN', email: email(`${givenSpelled}.${familySpelled}`) };
};

const paired = (given: readonly string[], family: readonly string[], n: number): [string, string] => [
  given[n % given.length] as string,
  family[(n + Math.floor(n / given.length)) % family.length] as string,
];

const part = (name: string, locale: Part['locale'], spelled: string): Part => ({
  handle: spelled,
  name,
  locale,
  email: `${spelled}@example.com`,
});

/** Those with a story of their own. */
export const leads = {
  eleanor: part('Eleanor Marsh', 'en-GB', 'eleanor.marsh'),
  yulan: part('陈玉兰', 'zh-CN', 'chen.yulan'),
  rosalind: part('Rosalind Pike', 'en-GB', 'rosalind.pike'),
  haoran: part('吴浩然', 'zh-CN', 'wu.haoran'),
  james: part('James Whitlock', 'en-GB', 'james.whitlock'),
  meilin: part('徐美琳', 'zh-CN', 'xu.meilin'),
  tom: part('Tom Ashby', 'en-GB', 'tom.ashby'),
  priya: part('Priya Raman', 'en-GB', 'priya.raman'),
  guowei: part('杨国伟', 'zh-CN', 'yang.guowei'),
} as const;
