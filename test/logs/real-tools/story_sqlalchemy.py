# The story by SQLAlchemy: each act has a connection of its own and comes a while after the one before it. The transfer is made in autocommit, and as one unit.

import logging
import sys
import time

import sqlalchemy
from sqlalchemy import Column, ForeignKey, Integer, Text, create_engine, select
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session, declarative_base, relationship, selectinload
from sqlalchemy.pool import NullPool

url, log, *acts = sys.argv[1:]
host, port, user, password, name = url.split(' ')

handler = logging.FileHandler(log)
# As create_engine(echo=True) writes them.
handler.setFormatter(logging.Formatter('%(asctime)s %(levelname)s %(name)s %(message)s'))
logging.getLogger('sqlalchemy.engine').addHandler(handler)
logging.getLogger('sqlalchemy.engine').setLevel(logging.DEBUG if 'rows' in acts else logging.INFO)

Base = declarative_base()


class User(Base):
    __tablename__ = 'users'
    id = Column(Integer, primary_key=True)
    username = Column(Text, nullable=False)


class Chat(Base):
    __tablename__ = 'chat'
    id = Column(Integer, primary_key=True)
    messages = relationship('Message', order_by='Message.id')


class Message(Base):
    __tablename__ = 'message'
    id = Column(Integer, primary_key=True)
    chat_id = Column(ForeignKey('chat.id'), nullable=False)
    sender_id = Column(ForeignKey('users.id'), nullable=False)
    text = Column(Text, nullable=False)
    sender = relationship('User')


class Transfer(Base):
    __tablename__ = 'transfer'
    id = Column(Integer, primary_key=True)
    account_id = Column(Integer, nullable=False)
    amount = Column(Integer, nullable=False)


engine = create_engine(
    URL.create('postgresql+psycopg2', user, password, host, int(port), name),
    connect_args={'application_name': 'sqlalchemy'},
    poolclass=NullPool,
)


def listed(chats):
    return [[(message.text, message.sender.username) for message in chat.messages] for chat in chats]


def lazy():
    with Session(engine) as session:
        return listed(session.scalars(select(Chat)))


def eager():
    with Session(engine) as session:
        way = selectinload(Chat.messages).selectinload(Message.sender)
        return listed(session.scalars(select(Chat).options(way)))


def make_transfer(connection):
    for account, amount in [(1, -100), (2, 100)]:
        connection.execute(Transfer.__table__.insert().values(account_id=account, amount=amount))


def transfer():
    with engine.execution_options(isolation_level='AUTOCOMMIT').connect() as connection:
        make_transfer(connection)


def atomic():
    with engine.begin() as connection:
        make_transfer(connection)


ACTS = {'lazy': lazy, 'rows': lazy, 'eager': eager, 'transfer': transfer, 'atomic': atomic}
answers = []
for act in acts:
    time.sleep(0.3)
    answers.append(ACTS[act]())
assert len({repr(answer) for answer in answers if answer}) <= 1, 'both ways answer the same'
print('SQLAlchemy', sqlalchemy.__version__)
