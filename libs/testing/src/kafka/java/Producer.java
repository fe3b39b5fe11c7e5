import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Writes each line of standard input as one record, with Kafka's own client. The line number (from
 * 0) is the key and the header "line". Arguments: bootstrap servers, topic, partition, compression.
 * A long linger and a large batch put the lines into few record batches, so that the compressed
 * blocks refer back to earlier records.
 */
public class Producer {
  public static void main(String[] args) throws Exception {
    Properties properties = new Properties();
    properties.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
    properties.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, args[3]);
    properties.put(ProducerConfig.LINGER_MS_CONFIG, 200);
    properties.put(ProducerConfig.BATCH_SIZE_CONFIG, 512 * 1024);
    properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 1024 * 1024);
    properties.put(ProducerConfig.ACKS_CONFIG, "all");
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    StringSerializer text = new StringSerializer();
    try (KafkaProducer<String, String> producer = new KafkaProducer<>(properties, text, text);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      int number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String key = Integer.toString(number++);
        ProducerRecord<String, String> record =
            new ProducerRecord<>(args[1], Integer.parseInt(args[2]), key, line);
        record.headers().add("line", key.getBytes(StandardCharsets.UTF_8));
        sent.add(producer.send(record));
      }
      producer.flush();
      for (Future<RecordMetadata> future : sent) future.get();
    }
    System.out.println(sent.size());
  }
}
