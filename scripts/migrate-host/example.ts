/** A file to begin with. */
export const EXAMPLE = `# Where the journal, the dump and its figures are kept; keep it until the old host is gone.
work_dir: ./move
old:
  # For the owner of the database or a superuser, past any pooler. Or database_url_file.
  database_url_file: ./old-database-url
  # The server itself, not its name: http://IPV4:PORT.
  origin: http://203.0.113.10:8080
new:
  database_url_file: ./new-database-url
  origin: http://203.0.113.20:8080
# Owns everything in the new database.
role: telemy
# The API's name, an A record at Cloudflare.
api_host: api.example.com
# Both hosts have the same secrets; this one signs the token of \`smoke\`.
jwt_secret_file: ./jwt-secret
cloudflare:
  zone_id: 0123456789abcdef0123456789abcdef
  # May edit DNS records and origin rules of the zone. Or CLOUDFLARE_API_TOKEN.
  api_token_file: ./cloudflare-token
  # The rule that leads to the port, if there is one.
  # origin_rule_id: 0123456789abcdef0123456789abcdef
hooks:
  # Start the whole service there. Left out: you are told to.
  # new_writer: ssh new systemctl restart telemy
  # old_writer: ssh old systemctl restart telemy
`;
