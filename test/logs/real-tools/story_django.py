# The story by Django: each act is one request to the server that `runserver` starts, which opens a connection for it and closes it after it, as Django does
# by default.

import logging
import sys
import threading
import time
import urllib.request

import django
from django.conf import settings
from django.core.servers.basehttp import WSGIRequestHandler, WSGIServer
from django.core.wsgi import get_wsgi_application
from django.db import models, transaction
from django.http import HttpResponse
from django.urls import path

url, log = sys.argv[1], sys.argv[2]
host, port, user, password, name = url.split(' ')

settings.configure(
    DEBUG=True,
    SECRET_KEY='of no use here',
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=['*'],
    USE_TZ=True,
    DATABASES={
        'default': {
            'ENGINE': 'django.db.backends.postgresql',
            'NAME': name,
            'USER': user,
            'PASSWORD': password,
            'HOST': host,
            'PORT': port,
            'OPTIONS': {'application_name': 'django'},
        }
    },
    LOGGING={
        'version': 1,
        'formatters': {'line': {'format': '%(asctime)s %(levelname)s %(name)s %(message)s'}},
        'handlers': {'file': {'class': 'logging.FileHandler', 'filename': log, 'formatter': 'line'}},
        'loggers': {
            'django.db.backends': {'level': 'DEBUG', 'handlers': ['file'], 'propagate': False},
            'django.server': {'level': 'INFO', 'handlers': ['file'], 'propagate': False},
        },
    },
)
django.setup()


class User(models.Model):
    username = models.TextField()

    class Meta:
        app_label = 'story'
        db_table = 'users'
        managed = False


class Chat(models.Model):
    class Meta:
        app_label = 'story'
        db_table = 'chat'
        managed = False


class Message(models.Model):
    chat = models.ForeignKey(Chat, models.CASCADE, related_name='messages')
    sender = models.ForeignKey(User, models.CASCADE)
    is_read = models.BooleanField(default=False)
    text = models.TextField()

    class Meta:
        app_label = 'story'
        db_table = 'message'
        managed = False


class Transfer(models.Model):
    account_id = models.IntegerField()
    amount = models.IntegerField()

    class Meta:
        app_label = 'story'
        db_table = 'transfer'
        managed = False


def listed(chats):
    return HttpResponse(repr([[(m.text, m.sender.username) for m in chat.messages.all()] for chat in chats]))


def lazy(request):
    return listed(Chat.objects.all())


def eager(request):
    return listed(Chat.objects.prefetch_related('messages__sender'))


def make_transfer():
    Transfer.objects.create(account_id=1, amount=-100)
    Transfer.objects.create(account_id=2, amount=100)


def transfer(request):
    make_transfer()
    return HttpResponse('done')


def atomic(request):
    with transaction.atomic():
        make_transfer()
    return HttpResponse('done')


urlpatterns = [
    path('lazy', lazy),
    path('eager', eager),
    path('transfer', transfer),
    path('atomic', atomic),
]

server = WSGIServer(('127.0.0.1', 0), WSGIRequestHandler)
server.set_app(get_wsgi_application())
threading.Thread(target=server.serve_forever, daemon=True).start()
answers = {}
for act in sys.argv[3:]:
    time.sleep(0.3)
    with urllib.request.urlopen(f'http://127.0.0.1:{server.server_port}/{act}') as response:
        answers[act] = response.read()
server.shutdown()
logging.shutdown()
assert answers['lazy'] == answers['eager'], 'both ways answer the same'
print('Django', django.get_version())
