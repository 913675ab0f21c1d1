# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the script of the sqlite3 workload: sql.py [ROWS]."""
import sys

rows = int(sys.argv[1]) if len(sys.argv) > 1 else 50000
print("CREATE TABLE people(id INTEGER PRIMARY KEY, name TEXT, town INT, born INT);")
print("CREATE TABLE towns(id INTEGER PRIMARY KEY, name TEXT);\nBEGIN;")
for i in range(200):
    print("INSERT INTO towns VALUES(%d, 'town %d');" % (i, i * 7919 % 1000))
for i in range(rows):
    r = i * 2654435761 % 4294967296
    print("INSERT INTO people VALUES(%d, 'person %x', %d, %d);" % (i, r, r % 200, 1900 + r % 120))
print("COMMIT;\nCREATE INDEX by_town ON people(town, born);\nCREATE INDEX by_name ON people(name);")
print("SELECT t.name, count(*), avg(p.born), max(p.name) FROM people p "
      "JOIN towns t ON t.id = p.town GROUP BY t.name ORDER BY 2 DESC LIMIT 3;")
print("SELECT count(*) FROM people a JOIN people b ON a.town = b.town AND a.born = b.born "
      "AND a.id < b.id WHERE a.id < 2000;")
for i in range(0, rows, 3):
    print("SELECT name FROM people WHERE name = 'person %x';" % (i * 2654435761 % 4294967296))
print("UPDATE people SET name = name || ' junior' WHERE born > 2000;")
print("SELECT substr(name, 1, 9), group_concat(id) FROM people GROUP BY 1 ORDER BY 1 LIMIT 2;")
