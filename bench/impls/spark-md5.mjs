// spark-md5: MD5 in JavaScript, over ArrayBuffers.
import Spark from 'spark-md5';

export const name = 'spark-md5';
export const kind = 'package';
export const operations = {
  md5: ({ parts }) => {
    const slices = parts.map((part) => part.slice().buffer);
    return (i) => Spark.ArrayBuffer.hash(slices[i]);
  },
};
