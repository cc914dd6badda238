import type { Words } from '#kernel';

export const words: Words = {
  en: {
    requested: 'Asked to be called back about {topic}',
    reached: 'We called and reached them (attempt {n})',
    no_answer: 'We called, nobody answered (attempt {n})',
    busy: 'We called, the line was busy (attempt {n})',
    wrong_number: 'We called a wrong number (attempt {n})',
    voicemail: 'We called and left a message (attempt {n})',
    refused: 'We called, they did not want to talk (attempt {n})',
    completed: 'Called back in time',
    'completed-late': 'Called back late',
    missed: 'We missed the callback about {topic}',
    cancelled: 'The callback about {topic} was cancelled',
  },
  zh: {
    requested: '请求就“{topic}”回电',
    reached: '已回电并接通（第 {n} 次）',
    no_answer: '已回电，无人接听（第 {n} 次）',
    busy: '已回电，占线（第 {n} 次）',
    wrong_number: '已回电，号码有误（第 {n} 次）',
    voicemail: '已回电并留言（第 {n} 次）',
    refused: '已回电，客户不愿通话（第 {n} 次）',
    completed: '已按时回电',
    'completed-late': '回电已延误',
    missed: '错过了关于“{topic}”的回电',
    cancelled: '关于“{topic}”的回电已取消',
  },
};
