import type { Words } from '#kernel';

export const words: Words = {
  en: {
    filed: 'Filed a complaint',
    'filed-about': 'Filed a complaint about {category}',
    'filed-graded': 'Filed a complaint about {category}, severity {severity}',
    acknowledged: 'We confirmed that we received the complaint',
    classified: 'The complaint was classified as {category}, severity {severity}',
    assigned: 'The complaint was assigned to {team}',
    upheld: 'The complaint was resolved: upheld',
    partly_upheld: 'The complaint was resolved: upheld in part',
    not_upheld: 'The complaint was resolved: not upheld',
    closed: 'The complaint was closed',
    reopened: 'The complaint was reopened ({reason})',
    withdrawn: 'Withdrew the complaint',
  },
  zh: {
    filed: '客户提出投诉',
    'filed-about': '客户就“{category}”提出投诉',
    'filed-graded': '客户就“{category}”提出投诉，{severity} 级',
    acknowledged: '已向客户确认受理客诉',
    classified: '客诉已定级：“{category}”，{severity} 级',
    assigned: '客诉已分派给 {team}',
    upheld: '客诉已处理，认定属实',
    partly_upheld: '客诉已处理，认定部分属实',
    not_upheld: '客诉已处理，认定不属实',
    closed: '客诉已结案',
    reopened: '客诉重新受理（原因：{reason}）',
    withdrawn: '客户撤回投诉',
  },
};
